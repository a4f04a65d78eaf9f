import { computed, signal, type ReadonlySignal } from '@preact/signals';
import {
  GapReason,
  type ChatClient,
  type ChatMessage,
  type HistoryOptions,
  type HistoryPage,
  type JoinedRoom,
  type PresenceChange,
  type RoomGap,
} from '../../../client/index.js';
import type { KeptRoom } from '../../model/kept-values.js';
import {
  hasNext,
  isAtHead,
  lastSeq,
  windowOf,
  withArrived,
  withNewer,
  withOlder,
  type LogWindow,
} from '../../model/log-window.js';
import { nobody, withChange, type People } from '../../model/people.js';
import { dividerKey, rowsOf, type Aside, type Row } from '../../model/rows.js';
import { gapSentence } from '../../model/sentences.js';

/** What is read of the history at once: some screens. */
const pageMessages = 100;

/** So much of what was read before is shown above what is new. */
const contextMessages = 30;

/** Nobody looks for an echo that was so many ago. */
const asidesMax = 200;

/** Where in a room one is: at its end, or with some row at that distance from the top. */
export type Spot = 'end' | { readonly key: string; readonly offsetPx: number };

/** At the line above what is new, with a little of what was read before. */
export const dividerSpot: Spot = { key: dividerKey, offsetPx: 120 };

/** A room that one is in, as it is drawn: a window on its log, and what is new there. */
export class Room {
  readonly name: string;
  /** Undefined until it is looked at for the first time. */
  readonly window = signal<LogWindow | undefined>(undefined);
  readonly people = signal<People>(nobody);
  readonly hasMention = signal(false);
  /** Whether the server has said where the room's log stands. */
  readonly isJoined = computed(() => this.#epoch.value !== '');
  readonly rows: ReadonlySignal<readonly Row[]>;
  /** How many messages have not been read. */
  readonly unread: ReadonlySignal<number>;
  /** Where one was when the room was last looked at. */
  spot: Spot = 'end';
  /** Whether what comes now was missed, while there was no connection. */
  readonly isBehind = signal(false);
  /** Whether somebody wanted to go to the end when there was no connection to get it. */
  isEndWanted = false;
  readonly #client: ChatClient;
  readonly #asides = signal<readonly Aside[]>([]);
  readonly #epoch = signal('');
  readonly #headSeq = signal(0);
  readonly #readSeq = signal(0);
  /** What is above it was read before the room was looked at. */
  readonly #dividedSeq = signal<number | undefined>(undefined);
  readonly #kept: KeptRoom;
  readonly #fetched: (messages: readonly ChatMessage[]) => void;
  #loading: Promise<void> | undefined;
  #asidesEver = 0;

  constructor(
    client: ChatClient,
    kept: KeptRoom,
    fetched: (messages: readonly ChatMessage[]) => void,
  ) {
    this.name = kept.room;
    this.#client = client;
    this.#fetched = fetched;
    this.#kept = kept;
    this.unread = computed(() => Math.max(0, this.#headSeq.value - this.#readSeq.value));
    this.rows = computed(() => {
      const window = this.window.value;
      if (window === undefined) return [];
      return rowsOf(window, this.#asides.value, this.#dividedSeq.value);
    });
  }

  /** The newest number that is known. */
  get headSeq(): number {
    return this.#headSeq.value;
  }

  /** What is to be kept of it. */
  get keptRoom(): KeptRoom {
    const epoch = this.#epoch.value;
    if (epoch === '') return this.#kept;
    return { room: this.name, read: { epoch, seq: this.#readSeq.value } };
  }

  /** The client is in the room, for the first time or again. */
  joined({ epoch, firstSeq, headSeq }: JoinedRoom): void {
    if (this.#epoch.value === '') {
      this.#epoch.value = epoch;
      this.#readSeq.value = readBefore(this.#kept, epoch, headSeq);
    } else if (this.#epoch.value !== epoch) {
      this.#beginAnew(epoch, firstSeq);
      return;
    } else if (headSeq > this.headSeq) {
      this.isBehind.value = true;
      if (this.unread.value === 0) this.#dividedSeq.value = this.#readSeq.value;
    }
    this.#headSeq.value = Math.max(this.#headSeq.value, headSeq);
  }

  /**
   * A message has come. It is read if somebody is there to see it, or has sent it; where the
   * end of the room is followed on the screen, older ones make room for it, read or not.
   */
  arrived(message: ChatMessage, isSeen: boolean, isFollowed: boolean): void {
    const { unread, window } = this;
    if (!isSeen && unread.value === 0) this.#dividedSeq.value = this.#readSeq.value;
    this.#headSeq.value = Math.max(this.#headSeq.value, message.seq);
    if (window.value !== undefined) {
      window.value = withArrived(window.value, message, this.#keptFromSeq(isFollowed));
    }
    if (isSeen) this.read(message.seq);
  }

  /** What was missed is there. */
  caughtUp(): void {
    this.isBehind.value = false;
  }

  gap(gap: RoomGap): void {
    const isNew = gap.reason === GapReason.GAP_REASON_EPOCH;
    // A new numbering begins with nothing above; what has expired was between messages.
    if (!isNew) this.#headSeq.value = Math.max(this.#headSeq.value, gap.toSeq);
    this.#addAside('notice', gapSentence(gap), isNew ? this.headSeq : gap.fromSeq - 1);
  }

  present(change: PresenceChange): void {
    this.people.value = withChange(this.people.value, change);
  }

  /** An echo has come back. */
  echoed(content: string): void {
    const { value: window } = this.window;
    this.#addAside('echo', content, window === undefined ? this.headSeq : lastSeq(window));
  }

  /** All messages up to there were seen. */
  read(seq: number): void {
    if (seq > this.#readSeq.value) this.#readSeq.value = seq;
    if (this.unread.value === 0) this.hasMention.value = false;
  }

  /** All messages up to there were seen in another tab. */
  readElsewhere({ read }: KeptRoom): void {
    if (read?.epoch === this.#epoch.value) this.read(read.seq);
  }

  /** One comes to look at it: a line will stand above what is new. */
  enter(): void {
    const isNew = this.unread.value > 0;
    this.#dividedSeq.value = isNew ? this.#readSeq.value : undefined;
    if (!isNew) return;
    this.spot = dividerSpot;
    const { value: window } = this.window;
    // Where that line would stand is elsewhere: it is gone to anew.
    if (window !== undefined && !hasNext(window, this.#readSeq.value)) {
      this.window.value = undefined;
    }
  }

  /** What was new is not any more. */
  forgetDivider(): void {
    this.#dividedSeq.value = undefined;
  }

  /** Gets the first page, once it is known what is new: around that, or the newest. */
  async open(): Promise<void> {
    await this.#loading?.catch(() => {});
    if (this.window.value !== undefined || !this.isJoined.value || this.#loading) return;
    const after = Math.max(0, this.#readSeq.value - contextMessages);
    await this.#alone(() => this.#load(this.unread.value > 0 ? after : undefined));
  }

  /** Gets the newest page, and goes there. Without a connection it rejects, and is wanted still. */
  async jumpToEnd(): Promise<void> {
    this.spot = 'end';
    this.isBehind.value = false;
    this.isEndWanted = false;
    if (this.window.value !== undefined && isAtHead(this.window.value)) return;
    try {
      await this.#load();
    } catch (error) {
      this.isEndWanted = true;
      throw error;
    }
  }

  async loadOlder(): Promise<void> {
    await this.#move(async (window) => {
      if (!window.hasOlder) return;
      const before = window.messages[0]?.seq ?? this.headSeq + 1;
      const page = await this.#history({ before });
      this.#replace(window, (now) => withOlder(now, page));
    });
  }

  async loadNewer(): Promise<void> {
    await this.#move(async (window) => {
      if (isAtHead(window)) return;
      const page = await this.#history({ after: lastSeq(window) });
      this.#replace(window, (now) => withNewer(now, page));
    });
  }

  /** From where on the window keeps what it has when something comes and it is full. */
  #keptFromSeq(isFollowed: boolean): number {
    if (this.spot !== 'end') return 0;
    return isFollowed ? Infinity : this.#readSeq.value + 1 - contextMessages;
  }

  /** Gets a page into an empty window. */
  async #load(after?: number): Promise<void> {
    const page = await this.#history(after === undefined ? {} : { after });
    const kind = after === undefined ? 'newest' : 'after';
    if (kind === 'newest') this.spot = 'end'; // wherever one has scrolled meanwhile
    this.window.value = windowOf(page, kind, this.headSeq);
    const fromSeq = this.#readSeq.value + 1;
    const toSeq = page.tailSeq - 1;
    if (after === undefined || toSeq < fromSeq) return;
    const reason = GapReason.GAP_REASON_EXPIRED;
    this.#addAside('notice', gapSentence({ room: this.name, fromSeq, toSeq, reason }), toSeq);
  }

  async #history(edge: Pick<HistoryOptions, 'before' | 'after'>): Promise<HistoryPage> {
    const page = await this.#client.history(this.name, { ...edge, limit: pageMessages });
    this.#fetched(page.messages);
    const { damaged } = page;
    if (damaged !== undefined) {
      this.#addAside('notice', gapSentence(damaged), damaged.fromSeq - 1);
    }
    return page;
  }

  /** Moves the window, one page at a time. */
  async #move(move: (window: LogWindow) => Promise<void>): Promise<void> {
    const { value: window } = this.window;
    if (window === undefined || this.#loading) return;
    await this.#alone(() => move(window));
  }

  async #alone(load: () => Promise<void>): Promise<void> {
    this.#loading = load();
    try {
      await this.#loading;
    } finally {
      this.#loading = undefined;
    }
  }

  /** The window has gone elsewhere meanwhile, perhaps; then the page does not fit to it. */
  #replace(before: LogWindow, replaced: (now: LogWindow) => LogWindow): void {
    const { value: now } = this.window;
    if (now?.messages[0] === before.messages[0] && now !== undefined) {
      this.window.value = replaced(now);
    }
  }

  /** What was there belongs to a numbering that is over; the messages of the new one follow. */
  #beginAnew(epoch: string, firstSeq: number): void {
    this.#epoch.value = epoch;
    this.#headSeq.value = firstSeq - 1;
    this.#readSeq.value = firstSeq - 1;
    this.#dividedSeq.value = undefined;
    this.#asides.value = [];
    this.spot = 'end';
    if (this.window.value !== undefined) {
      this.window.value = { messages: [], hasOlder: firstSeq > 1, headSeq: 0 };
    }
  }

  #addAside(kind: Aside['kind'], text: string, afterSeq: number): void {
    this.#asidesEver += 1;
    const key = `a${this.#asidesEver}`;
    const aside: Aside = { key, kind, text, at: new Date(), afterSeq };
    this.#asides.value = [...this.#asides.value, aside].slice(-asidesMax);
  }
}

/** The last message that was read on an earlier visit. */
function readBefore({ read }: KeptRoom, epoch: string, headSeq: number): number {
  // Somebody who comes for the first time has missed nothing.
  if (read === undefined) return headSeq;
  return read.epoch === epoch ? Math.min(read.seq, headSeq) : 0;
}
