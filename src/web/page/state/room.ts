import { computed, signal, type ReadonlySignal } from '@preact/signals';
import {
  GapReason,
  type ChatClient,
  type ChatMessage,
  type HistoryPage,
  type JoinedRoom,
  type PresenceChange,
  type RoomGap,
} from '../../../client/index.js';
import { printable } from '../../../protocol/printable.js';
import { silentSeqs, type MessageChange } from '../../model/changes.js';
import type { KeptRoom } from '../../model/kept-values.js';
import {
  emptyWindow,
  hasMessageAfter,
  hasNext,
  isAtHead,
  windowOf,
  withArrived,
  withChanges,
  withEntry,
  withNewer,
  withOlder,
  type LogWindow,
} from '../../model/log-window.js';
import { readBefore } from '../../model/reading.js';
import { nobody, withChange, type People } from '../../model/people.js';
import { rowsOf, type Row } from '../../model/rows.js';
import { gapSentence, topicSentence } from '../../model/sentences.js';
import { RoomAsides } from './room-asides.js';
import { RoomPages, type PageNow } from './room-pages.js';
import { RoomReading } from './room-reading.js';
import { dividerSpot, type Spot } from './spot.js';

/** So much of what was read before is shown above what is new. */
const contextMessages = 30;

/** A room that one is in, as it is drawn: a window on its log, and what is new there. */
export class Room {
  readonly name: string;
  /** Undefined until it is looked at for the first time. */
  readonly window = signal<LogWindow | undefined>(undefined);
  readonly people = signal<People>(nobody);
  /** What it is about; empty for nothing. */
  readonly topic = signal('');
  readonly hasMention = signal(false);
  /** Whether the server has said where the room's log stands. */
  readonly isJoined = computed(() => this.#epoch.value !== '');
  readonly rows: ReadonlySignal<readonly Row[]>;
  /** How many messages have not been read. */
  readonly unread: ReadonlySignal<number>;
  /** Where one was when the room was last looked at. */
  spot: Spot = 'end';
  /** Whether what comes now was missed, while there was no connection. */
  readonly isCatchingUp = signal(false);
  /** Whether somebody wanted to go to the end when there was no connection to get it. */
  isEndWanted = false;
  readonly #pages: RoomPages;
  readonly #asides = new RoomAsides();
  readonly #epoch = signal('');
  readonly #reading = new RoomReading();
  /** What is above it was read before the room was looked at. */
  readonly #dividedSeq = signal<number | undefined>(undefined);
  readonly #kept: KeptRoom;
  readonly #fetched: (page: HistoryPage) => void;

  constructor(client: ChatClient, kept: KeptRoom, fetched: (page: HistoryPage) => void) {
    this.name = kept.room;
    this.#pages = new RoomPages(client, kept.room, (page) => this.#got(page));
    this.#fetched = fetched;
    this.#kept = kept;
    this.unread = this.#reading.unread;
    this.rows = computed(() => {
      const window = this.window.value;
      if (window === undefined) return [];
      return rowsOf(window, this.#asides.all.value, this.#dividedSeq.value);
    });
  }

  /** The newest number that is known. */
  get headSeq(): number {
    return this.#reading.headSeq;
  }

  get #readSeq(): number {
    return this.#reading.readSeq;
  }

  /** What is to be kept of it. */
  get keptRoom(): KeptRoom {
    const epoch = this.#epoch.value;
    if (epoch === '') return this.#kept;
    return { room: this.name, read: { epoch, seq: this.#readSeq } };
  }

  /** The client is in the room, for the first time or again. */
  joined({ epoch, firstSeq, headSeq, topic }: JoinedRoom): void {
    this.topic.value = topic;
    if (this.#epoch.value === '') {
      this.#epoch.value = epoch;
      this.#reading.begin(readBefore(this.#kept.read, epoch, headSeq), headSeq);
      if (this.unread.value > 0) void this.#count().catch(() => {}); // then it is at most that many
    } else if (this.#epoch.value !== epoch) {
      this.#beginAnew(epoch, firstSeq);
      return;
    } else if (headSeq > this.headSeq) {
      this.isCatchingUp.value = true;
      this.#divideHere();
    }
    this.#reading.reach(headSeq);
  }

  /**
   * A message has come. It is read if somebody is there to see it, or has sent it; where the
   * end of the room is followed on the screen, older ones make room for it, read or not.
   */
  arrived(message: ChatMessage, isSeen: boolean, isFollowed: boolean): void {
    const { window } = this;
    if (!isSeen) this.#divideHere();
    this.#reading.reach(message.seq);
    if (window.value !== undefined) {
      window.value = withArrived(window.value, message, this.#keptFromSeq(isFollowed));
    }
    if (isSeen) this.read(message.seq);
  }

  /** A change has come, to a message or to the topic, which is nothing to be read. */
  changed(entrySeq: number, change: MessageChange | { readonly kind: 'topic' }): void {
    const { value: before } = this.window;
    if (before !== undefined) this.window.value = withEntry(before, entrySeq);
    this.#silent([entrySeq]);
    if (change.kind === 'topic') return;
    if (change.kind === 'removed') this.#silent([change.seq]);
    this.#pages.changed(change);
    const { value: window } = this.window;
    if (window === undefined) return;
    this.window.value = withChanges(window, [change]);
  }

  /** The room has another topic; a line says so. */
  topicChanged(entrySeq: number, sender: string, topic: string): void {
    this.changed(entrySeq, { kind: 'topic' });
    this.topic.value = topic;
    this.#asides.add('topic', topicSentence(sender, printable(topic)), entrySeq);
  }

  /** What was missed is there. */
  caughtUp(): void {
    this.isCatchingUp.value = false;
  }

  gap(gap: RoomGap): void {
    const isNew = gap.reason === GapReason.GAP_REASON_EPOCH;
    // A new numbering begins with nothing above; what has expired was between messages.
    if (!isNew) this.#reading.reach(gap.toSeq);
    this.#asides.add('notice', gapSentence(gap), isNew ? this.headSeq : gap.fromSeq - 1);
  }

  present(change: PresenceChange): void {
    this.people.value = withChange(this.people.value, change);
  }

  /** An echo has come back. */
  echoed(content: string): void {
    const { value: window } = this.window;
    this.#asides.add('echo', content, window?.lastSeq ?? this.headSeq);
  }

  /** All messages up to there were seen. */
  read(seq: number): void {
    this.#reading.read(seq);
    if (this.unread.value === 0) this.hasMention.value = false;
  }

  /** All messages up to there were seen in another tab. */
  readElsewhere({ read }: KeptRoom): void {
    if (read?.epoch === this.#epoch.value) this.read(read.seq);
  }

  /** One comes to look at it: a line will stand above what is new. */
  enter(): void {
    const isNew = this.unread.value > 0;
    this.#dividedSeq.value = isNew ? this.#readSeq : undefined;
    if (!isNew) return;
    this.spot = dividerSpot;
    const { value: window } = this.window;
    // Where that line would stand is elsewhere: it is gone to anew.
    if (window !== undefined && !hasNext(window, this.#readSeq)) {
      this.window.value = undefined;
    }
  }

  /** What was new is not any more. */
  forgetDivider(): void {
    this.#dividedSeq.value = undefined;
  }

  /** Gets the first page, once it is known what is new: around that, or the newest. */
  async open(): Promise<void> {
    await this.#pages.loading?.catch(() => {});
    if (this.window.value !== undefined || !this.isJoined.value || this.#pages.loading) return;
    const after = Math.max(0, this.#readSeq - contextMessages);
    await this.#pages.alone(() => this.#load(this.unread.value > 0 ? after : undefined));
  }

  /** Gets the newest page, and goes there. Without a connection it rejects, and is wanted still. */
  async jumpToEnd(): Promise<void> {
    this.spot = 'end';
    this.isCatchingUp.value = false;
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
    // What has nothing to do keeps nothing else from being done.
    if (this.window.value?.hasOlder !== true) return;
    await this.#move(async (window) => {
      this.#replace(window, await this.#pages.read({ before: window.firstSeq }), withOlder);
    });
  }

  async loadNewer(): Promise<void> {
    if (this.window.value === undefined || isAtHead(this.window.value)) return;
    await this.#move(async (window) => {
      this.#replace(window, await this.#pages.read({ after: window.lastSeq }), withNewer);
    });
  }

  /** From where on the window keeps what it has when something comes and it is full. */
  #keptFromSeq(isFollowed: boolean): number {
    if (this.spot !== 'end') return 0;
    return isFollowed ? Infinity : this.#readSeq + 1 - contextMessages;
  }

  /** Notes where the line is to stand, if what comes now is the first that is new. */
  #divideHere(): void {
    if (this.unread.value === 0) this.#dividedSeq.value = this.#readSeq;
  }

  /** Finds out how many of the new entries are messages. */
  async #count(): Promise<void> {
    for await (const page of this.#pages.between(this.#readSeq, this.headSeq)) this.#know(page);
  }

  /** Gets a page into an empty window; after some number as many as it takes to have what is new. */
  async #load(after?: number): Promise<void> {
    const kind = after === undefined ? 'newest' : 'after';
    const readSeq = this.#readSeq;
    const [page, since] = await this.#pages.read(after === undefined ? {} : { after });
    let window = withChanges(windowOf(page, kind, this.headSeq), since);
    while (kind === 'after' && !hasMessageAfter(window, readSeq) && !isAtHead(window)) {
      const [next, changes] = await this.#pages.read({ after: window.lastSeq });
      window = withChanges(withNewer(window, next), changes);
    }
    const hasNew = kind === 'after' && hasMessageAfter(window, readSeq);
    if (kind === 'after' && !hasNew) this.forgetDivider();
    if (!hasNew) this.spot = 'end'; // wherever one has scrolled meanwhile
    this.window.value = { ...window, headSeq: Math.max(window.headSeq, this.headSeq) };
    const toSeq = page.tailSeq - 1;
    if (after === undefined || toSeq <= readSeq) return;
    const reason = GapReason.GAP_REASON_EXPIRED;
    const gap = { room: this.name, fromSeq: readSeq + 1, toSeq, reason };
    this.#asides.add('notice', gapSentence(gap), toSeq);
  }

  #got(page: HistoryPage): void {
    this.#know(page);
    this.#fetched(page);
    const { damaged } = page;
    if (damaged === undefined) return;
    this.#asides.add('notice', gapSentence(damaged), damaged.fromSeq - 1);
  }

  #know(page: HistoryPage): void {
    if (page.epoch === this.#epoch.value) this.#silent(silentSeqs(page));
  }

  /** Under these numbers there is nothing to be read. */
  #silent(seqs: readonly number[]): void {
    this.#reading.pass(seqs);
    if (this.unread.value === 0) this.hasMention.value = false;
  }

  /** Moves the window, one page at a time. */
  async #move(move: (window: LogWindow) => Promise<void>): Promise<void> {
    const { value: window } = this.window;
    if (window === undefined || this.#pages.loading) return;
    await this.#pages.alone(() => move(window));
  }

  /** The window has gone elsewhere meanwhile, perhaps; then the page does not fit to it. */
  #replace(
    before: LogWindow,
    [page, since]: PageNow,
    withPage: (now: LogWindow, page: HistoryPage) => LogWindow,
  ): void {
    const { value: now } = this.window;
    if (now?.firstSeq !== before.firstSeq || page.epoch !== this.#epoch.value) return;
    this.window.value = withChanges(withPage(now, page), since);
  }

  /** What was there belongs to a numbering that is over; the messages of the new one follow. */
  #beginAnew(epoch: string, firstSeq: number): void {
    this.#epoch.value = epoch;
    this.#reading.begin(firstSeq - 1, firstSeq - 1);
    this.#dividedSeq.value = undefined;
    this.#asides.clear();
    this.spot = 'end';
    if (this.window.value !== undefined) this.window.value = emptyWindow(firstSeq - 1);
  }
}
