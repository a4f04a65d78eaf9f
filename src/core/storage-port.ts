/** What the core needs of a storage, in types only; see ports.ts, which has them, too. */
import type { Drafts } from './drafts.js';
import type { Entry } from './entries.js';

export type { Change, Draft, Drafts, Speaker } from './drafts.js';
export type { Entries, Entry } from './entries.js';

/** What is to be added to one room's log: at least one draft, in their order. */
export interface Append {
  readonly room: string;
  readonly drafts: Drafts;
}

/**
 * What became of an `Append`. The drafts that are not in `notAdded` have the numbers
 * from `firstSeq` on, in their order; when all of them are, nothing was added and
 * `firstSeq` is the number that the next one will get.
 */
export interface Appended {
  readonly firstSeq: number;
  /** By their index, ascending. */
  readonly notAdded: readonly NotAdded[];
}

/** A draft that has become no entry. */
export type NotAdded = Repeated | Refused;

/** A draft whose author has used its id before, in this room. */
export interface Repeated {
  readonly index: number;
  readonly kind: 'repeated';
  /** The number and time of the entry that has the id. */
  readonly seq: number;
  readonly sentAtMs: number;
  /** Whether it was the same draft: same content, same change. */
  readonly isSame: boolean;
}

/**
 * An edit or a removal that cannot be done.
 * - `missing`: there is no message of that number that is kept and can be read.
 * - `removed`: the message was removed before.
 * - `foreign`: its author is another person: the part of `Draft.author` before a `/` differs.
 * - `limit`: it was edited `editsMax` times (protocol/limits.ts).
 */
export interface Refused {
  readonly index: number;
  readonly kind: 'missing' | 'removed' | 'foreign' | 'limit';
}

/** Which entries to read: the next ones after a seq, or the last ones before it. */
export interface Range {
  /** It is not read itself. */
  readonly seq: number;
  readonly direction: 'after' | 'before';
  /** At most so many entries, at least 1. */
  readonly entriesMax: number;
  /** At most so many characters of content in all; the first entry is read in any case. */
  readonly charsMax: number;
}

/** Where a room's log stands. */
export interface LogState {
  /**
   * Names the room's one uninterrupted numbering; see `Position` in chat.proto. 8 to 64 of the
   * characters A-Z, a-z, 0-9, - and _; no room of another storage has the same.
   */
  readonly epoch: string;
  /** The newest number; 0 before the first. */
  readonly headSeq: number;
  /** The oldest number that is kept; one above `headSeq` when there is none. */
  readonly tailSeq: number;
  /** What the room is about, as was set last; empty before. */
  readonly topic: string;
}

/** Numbers that follow each other: at least one. */
export interface Stretch {
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** A part of a room's log, and where the log stood when it was read. */
export interface Slice extends LogState {
  /** In ascending order of their seq and without gaps; empty when there are none in the range. */
  readonly entries: readonly Entry[];
  /**
   * Entries that were accepted and not removed, and that cannot be read any more. In the
   * direction of reading they come first in the range, right before `entries`; when there
   * are no `entries`, nothing further in that direction can be read. Undefined when the range begins
   * with an entry that can be read.
   */
  readonly damaged: Stretch | undefined;
}

/** What is listed of a room. */
export interface ListedRoom {
  readonly name: string;
  readonly topic: string;
  readonly headSeq: number;
}

/** Which rooms to list: so many of those that come next in the order of their bytes. */
export interface RoomRange {
  /** The beginning of their names. */
  readonly prefix: string;
  /** The name after which to begin; empty for the first. */
  readonly after: string;
  /** At least 1. */
  readonly roomsMax: number;
}

/** The rooms of which something is kept: those in whose log there ever was an entry. */
export interface RoomList {
  /** Sees each append that had settled when it was called. It does not delay appends. */
  list(range: RoomRange): Promise<readonly ListedRoom[]>;
}

/** What of each room is kept; the older rest may be removed. */
export interface Retention {
  /** So many of the newest entries; 0 for all. */
  readonly entriesMax: number;
  /** Those that were accepted at this time or later, in milliseconds since 1970; 0 for all. */
  readonly sinceMs: number;
}

/** What a `trim` has done. */
export interface Trimmed {
  /** The rooms from which something was removed, with their new tail. */
  readonly rooms: ReadonlyArray<{ readonly room: string; readonly tailSeq: number }>;
  /** Whether more is to be removed, with the next call. */
  readonly isMore: boolean;
}

/**
 * The logs of all rooms: it gives each message its number and keeps it.
 *
 * Promises:
 * - When `append` resolves, all of it is kept, whatever happens to the process or the
 *   machine (as far as the kind of store can promise that); when it rejects, nothing of
 *   it is kept, nor will it be after a restart.
 * - An append may be in doubt: its commit has failed when part of the work was done, or the
 *   connection to the database was lost during the commit. Then `append` does not settle until
 *   the store has found out which of the two it is; the store never guesses. Until then no append
 *   that was called later is committed: it waits or rejects. `probe` rejects. Reads go on.
 * - When the process ends before an append has settled, or the storage is closed while one is
 *   in doubt, it may be kept or not: the next start shows which. Such an append never settles.
 * - Numbers in a room are 1, 2, 3 and so on without gaps. They are given in the order
 *   of the calls, within a call in the order of the drafts.
 * - An id of one author in one room is accepted once, also across restarts and after its
 *   entry was removed or changed; see `Repeated`. Drafts without an id are all different.
 * - A change is done together with the entry that says so. After an edit `read` gives the message
 *   with the new content, and with `editedAtMs`; after a removal, the message and all edits of it
 *   are removals that name the message, without content and without `editedAtMs`. Their content is
 *   nowhere in what is kept any more. Numbers, ids, senders and times stay. Whether it can be
 *   done is judged on all entries before it, those of the same append included.
 * - In one epoch of a room no number is given twice. A room whose record has lost what was
 *   acknowledged once has another epoch from then on.
 * - `read` and `state` tell what is in the store at a moment after the call, never what was known
 *   before it. So they see every append that had settled when they were called, whoever has made
 *   it, and a position that is beyond the head that `state` tells was beyond it when it was asked.
 *   Of the appends that have not settled they may see some, each of them whole.
 * - A room that was never used stands at headSeq 0, tailSeq 1, in the epoch in which it will
 *   begin.
 * - `read` gives no entry that is not as it was appended, and leaves none out: what cannot
 *   be read any more is named by `Slice.damaged`. It gives as many entries as the range allows,
 *   up to the next damage, and at least one where the range holds one that can be read. It
 *   rejects when it cannot tell, as the disk fails for instance.
 * - `trim` removes entries that are older than those that `Retention` keeps, as it stands with all
 *   appends that had settled when it was called. What it has removed when it rejects may stay
 *   removed.
 * - Calls may overlap, and none blocks the caller's thread. `read` and `state` do not delay
 *   the others. After a failure the next call may succeed.
 */
export interface Store {
  append(appends: readonly Append[]): Promise<readonly Appended[]>;
  read(room: string, range: Range): Promise<Slice>;
  state(room: string): Promise<LogState>;
  /** Commits a change that changes nothing: settles if an append would, rejects if it would. */
  probe(): Promise<void>;
  /** Removes some of what needs not be kept, little enough to delay an append by milliseconds. */
  trim(retention: Retention): Promise<Trimmed>;
}

/** A person's name, as it is on record. */
export interface HeldName {
  /** See `Identity.person`. */
  readonly person: string;
  readonly name: string;
  /**
   * When others may take it, in milliseconds since 1970; 0 while the person is here, `Infinity` for
   * that of an account.
   */
  readonly untilMs: number;
}

/**
 * The record of the names that belong to people; a person has one at most.
 *
 * Promises: when `saveNames` settles, it is kept like what was appended; when it rejects, nothing
 * of it is. Calls may overlap, and are done in their order.
 */
export interface NameRecord {
  /** All of them. */
  names(): Promise<readonly HeldName[]>;
  /** Puts each, of people without an account, in the place of its person's earlier one; an empty name removes that. */
  saveNames(names: readonly HeldName[]): Promise<void>;
}

/** A person's account. */
export interface AccountRecord {
  /** See `Identity.person`. */
  readonly person: string;
  /** For ever: nobody else can have it. */
  readonly name: string;
  /** Of the password, in the PHC string format; empty when the account was removed. */
  readonly passwordHash: string;
  readonly createdAtMs: number;
}

/** Some device or program that is logged in. */
export interface LoginRecord {
  readonly id: string;
  readonly person: string;
  /** The SHA-256 of its token. */
  readonly tokenHash: Uint8Array;
  /** On which it began: its sessions are on this one if they name no other. */
  readonly device: string;
  /** Program and address, of its last hello. */
  readonly client: string;
  readonly address: string;
  readonly beganAtMs: number;
  readonly usedAtMs: number;
}

/** How a log-in was used last. */
export type LoginUse = Pick<LoginRecord, 'id' | 'client' | 'address' | 'usedAtMs'>;

/**
 * The accounts, and where they are logged in.
 *
 * Promises: what a call has changed is kept like what was appended when it settles; when it
 * rejects, nothing of it is. Calls may overlap, and are done in their order. The name of an account
 * is also in the `NameRecord`, for ever, from the moment when the account is.
 */
export interface AccountStore {
  account(person: string): Promise<AccountRecord | undefined>;
  /** So many at most, by their names, from the first one after `after` on. */
  accounts(after: string, accountsMax: number): Promise<readonly AccountRecord[]>;
  /**
   * With its first log-in, if there is one. Returns false, and changes nothing, when the person has
   * an account.
   */
  addAccount(account: AccountRecord, login: LoginRecord | undefined): Promise<boolean>;
  /** Another hash of the same password; nothing happens when `before` is not its hash by now. */
  replaceHash(person: string, before: string, after: string): Promise<void>;
  /**
   * Another password, or none, which removes the account: all its log-ins end, and this one begins,
   * if there is one. Returns their ids; undefined, and nothing happens, when `before` is given and is
   * not the hash by now.
   */
  changePassword(
    person: string,
    before: string | undefined,
    after: string,
    login: LoginRecord | undefined,
  ): Promise<readonly string[] | undefined>;
  /** The log-in whose token has this SHA-256. */
  login(tokenHash: Uint8Array): Promise<LoginRecord | undefined>;
  /** Those of a person, the ones that were used last first. */
  logins(person: string): Promise<readonly LoginRecord[]>;
  /**
   * Begins one of somebody who has given the password with this hash. When the person then has more
   * than `loginsMax`, those that were used longest ago end. Returns their ids; undefined, and nothing
   * begins, when the account has another hash by now.
   */
  addLogin(
    login: LoginRecord,
    passwordHash: string,
    loginsMax: number,
  ): Promise<readonly string[] | undefined>;
  /** Nothing happens when it has ended. */
  useLogin(use: LoginUse): Promise<void>;
  /** Ends one of a person's log-ins, or all but one. Returns the ids of those that have ended. */
  endLogins(
    person: string,
    which: { readonly id: string } | { readonly except: string },
  ): Promise<readonly string[]>;
}

/**
 * All that a server keeps, in a database that it has open. Each part is an interface of its own, and
 * whoever needs one is handed that one: the logs of the rooms, and the names of people.
 */
export interface Storage extends AsyncDisposable {
  readonly log: Store;
  readonly rooms: RoomList;
  readonly names: NameRecord;
  readonly accounts: AccountStore;
  /** 32 random bytes that were made with the storage, and stay with it. */
  readonly secret: Uint8Array;
  /** How many times it was opened, this time included: a greater number each time. */
  readonly incarnation: number;
  /** Which form its data have: a greater number in later versions; 0 where nothing is kept. */
  readonly schemaVersion: number;
  /**
   * Waits until all calls have settled, but for an append that is in doubt, and closes the
   * database. No call may follow, but for `close`, which waits for the same. Rejects when it
   * cannot be closed properly, or takes too long; it is closed in any case, and what had been
   * acknowledged is kept.
   */
  close(): Promise<void>;
}
