import type { ChatClient } from '../../src/client/client.js';
import type { JoinedRoom, Position, RoomGap } from '../../src/client/events.js';
import type { HistoryPage } from '../../src/client/requests.js';
import type { Change, Entry } from '../../src/core/ports.js';
import { GapReason, MessageType, type ChatMessage } from '../../src/protocol/messages.js';
import type { Versions } from './versions.js';
import { View } from './view.js';
import type { World } from './world.js';

/**
 * What one client got, held against the disk as it comes: every entry was committed
 * before it was delivered, is what was committed under its number, or what became of that, and
 * follows the one before it, or a gap.
 */
export class Record {
  readonly views = new Map<string, View>();
  messages = 0;
  changes = 0;
  gaps = 0;
  readonly who: string;
  readonly client: ChatClient;
  readonly #world: World;
  /** An epoch that `joined` has named and whose gap has not come yet. */
  readonly #newEpochs = new Map<string, JoinedRoom>();

  /** `starts` are the places where a reader begins that does not begin where the rooms are. */
  constructor(
    world: World,
    who: string,
    client: ChatClient,
    starts: ReadonlyMap<string, Position> = new Map(),
  ) {
    this.#world = world;
    this.who = who;
    this.client = client;
    for (const [room, { epoch, seq }] of starts) this.views.set(room, new View(epoch, seq + 1));
    client.on('joined', (joined) => this.#joined(joined));
    client.on('message', (message) => world.attempt(() => this.#message(message)));
    client.on('edited', ({ room, seq, content }) =>
      world.attempt(() => {
        this.#change(room, { kind: 'edit', targetSeq: seq }, content);
        this.#viewIn(room).change(seq, content);
      }),
    );
    client.on('removed', ({ room, seq }) => world.attempt(() => this.#removed(room, seq)));
    client.on('topic', ({ room, topic }) =>
      world.attempt(() => this.#change(room, { kind: 'topic' }, topic)),
    );
    client.on('gap', (gap) => world.attempt(() => this.#gap(gap)));
  }

  /** Whether it has all that its rooms have. */
  isComplete(): boolean {
    return Array.from(this.views).every(([room, { epoch, nextSeq }]) => {
      const { disk } = this.#world;
      return epoch === disk.epoch && nextSeq > (disk.committed.get(room)?.length ?? 0);
    });
  }

  /** What it waits for, for who wonders. */
  toString(): string {
    const places = Array.from(this.views, ([room, { epoch, nextSeq }]) => {
      const { disk } = this.#world;
      const head = disk.committed.get(room)?.length ?? 0;
      return `${room} ${nextSeq} of ${head}${epoch === disk.epoch ? '' : ' in another epoch'}`;
    });
    return `${this.who}: ${places.join(', ')}`;
  }

  /** A page was answered that was asked for when the room had `headSeq` entries. */
  leafThrough(room: string, page: HistoryPage, headSeq: number): void {
    const view = this.views.get(room);
    const disk = this.#world.disks.get(page.epoch);
    if (disk === undefined) this.#fail(`got a page of ${room} in an epoch that is none`);
    const told = page.messages.map(({ seq, content }): [number, string?] => [seq, content]);
    for (const [seq, text] of [...told, ...page.removed.map((seq): [number, string?] => [seq])]) {
      if (!disk.versionsIn(room).hasSaid(seq, text, headSeq)) {
        this.#fail(`got "${text}" in a page as ${room} ${seq}, at ${headSeq}`);
      }
      if (view?.epoch === page.epoch) view.leafThrough(seq, text);
    }
  }

  #joined(joined: JoinedRoom): void {
    const view = this.views.get(joined.room);
    if (view === undefined) {
      this.views.set(joined.room, new View(joined.epoch, joined.firstSeq));
    } else if (view.epoch !== joined.epoch) this.#newEpochs.set(joined.room, joined);
  }

  #message(message: ChatMessage): void {
    if (message.type === MessageType.ECHO) return;
    this.messages += 1;
    const { room, seq, content, sender, id } = message;
    const { entry, versions } = this.#next(room);
    if (seq !== entry.seq) this.#fail(`got ${room} ${seq} instead of ${entry.seq}`);
    if (entry.change !== undefined || entry.sender !== sender || entry.id !== id) {
      this.#fail(`got ${room} ${seq} as "${content}", and on disk it is "${entry.content}"`);
    }
    if (!versions.hasSaid(seq, content)) {
      this.#fail(`got ${room} ${seq} as "${content}", which it never was`);
    }
    this.#viewIn(room).say(seq, content);
  }

  /** Something is not there any more: what comes now is the removal, or what is left by it. */
  #removed(room: string, seq: number): void {
    this.changes += 1;
    const { entry, versions } = this.#next(room);
    const view = this.#viewIn(room);
    const target = targetOf(entry);
    if (target !== seq || versions.last(seq) !== undefined) {
      this.#fail(`was told at ${room} ${entry.seq} that ${seq} is removed`);
    }
    if (entry.seq === seq) view.say(seq, undefined);
    else view.change(seq, undefined);
  }

  #change(room: string, change: Change, content: string): void {
    this.changes += 1;
    const { entry } = this.#next(room);
    const isSame = entry.change?.kind === change.kind && targetOf(entry) === targetOf({ change });
    if (!isSame || entry.content !== content) {
      const told = JSON.stringify({ change, content });
      this.#fail(`was told ${told} at ${room} ${entry.seq}, where ${JSON.stringify(entry)} is`);
    }
  }

  /** What has to come next, and then what is after it. */
  #next(room: string): { readonly entry: Entry; readonly versions: Versions } {
    const view = this.#viewIn(room);
    const disk = this.#world.disks.get(view.epoch);
    const entry = disk?.committed.get(room)?.[view.nextSeq - 1];
    if (entry === undefined) this.#fail(`got ${room} ${view.nextSeq}, which is not on disk`);
    view.nextSeq += 1;
    return { entry, versions: disk!.versionsIn(room) };
  }

  #gap({ room, fromSeq, toSeq, reason }: RoomGap): void {
    this.gaps += 1;
    const view = this.#viewIn(room);
    if (reason === GapReason.GAP_REASON_EPOCH) {
      const joined = this.#newEpochs.get(room);
      if (joined === undefined) this.#fail(`was told of a new epoch of ${room} that is none`);
      this.#newEpochs.delete(room);
      view.beginAnew(joined.epoch);
    }
    if (fromSeq !== view.nextSeq) {
      this.#fail(`misses ${room} from ${fromSeq}, and was at ${view.nextSeq}`);
    }
    view.skip(fromSeq, toSeq);
    if (reason === GapReason.GAP_REASON_DAMAGED) {
      const damaged = this.#world.disks.get(view.epoch)?.damaged.get(room);
      for (let seq = fromSeq; seq <= toSeq; seq += 1) {
        if (damaged?.has(seq) !== true) this.#fail(`misses ${room} ${seq}, which is not damaged`);
      }
      return;
    }
    const kept = this.#world.climate.retainEntries;
    if (toSeq >= fromSeq && kept === 0) this.#fail(`misses ${room} to ${toSeq}, for no reason`);
  }

  #viewIn(room: string): View {
    const view = this.views.get(room);
    if (view === undefined) this.#fail(`is not in ${room}`);
    return view;
  }

  #fail(problem: string): never {
    throw new Error(`${this.who} ${problem}`);
  }
}

/** Which message an entry is about, or is. */
function targetOf({ seq = 0, change }: Partial<Pick<Entry, 'seq' | 'change'>>): number {
  if (change === undefined) return seq;
  return change.kind === 'topic' ? 0 : change.targetSeq;
}
