import { signal } from '@preact/signals';
import { Component, createRef, type VNode } from 'preact';
import { isAtHead } from '../../model/log-window.js';
import { beginningSentence } from '../../model/sentences.js';
import { dividerKey, seqOf } from '../../model/rows.js';
import type { Attention } from '../state/attention.js';
import type { Room } from '../state/room.js';
import type { Session } from '../state/session.js';
import { dividerSpot, type Spot } from '../state/spot.js';
import { JumpButton } from './jump-button.js';
import { drawOwn, drawRow } from './rows.js';

interface TimelineProps {
  readonly room: Room;
  readonly session: Session;
  readonly attention: Attention;
}

/** So near to its end the next page of the window is fetched. */
const fetchWithinPx = 1000;

/** So near to the end of the room one is at its end. */
const endWithinPx = 24;

/**
 * The messages of a room. While the window moves over the log, what one reads stays where
 * it is on the screen: before each change it is noted which row is at the top, and after
 * it the list is scrolled so that the row is there again.
 */
export class Timeline extends Component<TimelineProps> {
  readonly #scroller = createRef<HTMLDivElement>();
  readonly #list = createRef<HTMLOListElement>();
  readonly #isAtEnd = signal(true);
  /** What was noted last; the room has another spot when somebody wants to go there. */
  #noted: Spot | undefined;
  /** How far down the list was scrolled when it was looked at last. */
  #topPx = 0;
  /** Whether somebody has begun to scroll up: then the end does not hold them, near as it is. */
  #hasLeftEnd = false;
  #stopWatching: () => void = () => {};

  override componentDidMount(): void {
    const resized = new ResizeObserver(() => this.#settle());
    resized.observe(this.#scroller.current!);
    const stopAttention = this.props.attention.isLookedAt.subscribe(() => this.#markRead());
    this.#stopWatching = () => {
      resized.disconnect();
      stopAttention();
    };
    this.#settle();
  }

  override componentWillUnmount(): void {
    this.#stopWatching();
  }

  override getSnapshotBeforeUpdate(): null {
    const { room } = this.props;
    if (this.#noted !== undefined && room.spot === this.#noted) this.#note();
    return null;
  }

  override componentDidUpdate(): void {
    this.#settle();
  }

  override render({ room, session }: TimelineProps): VNode {
    const { value: window } = room.window;
    const { value: rows } = room.rows;
    const own = session.outbox.messages.value.filter((one) => one.room === room.name);
    const lastOwnSeq = session.lastOwn(room)?.seq ?? 0;
    // Drawn again as soon as what is missing can be fetched.
    const isReady = this.#isReady();
    // Without a connection the end that is known has to do.
    const isOwnShown = !isReady || (window !== undefined && isAtHead(window));
    return (
      <div class="timeline" data-ready={isReady} data-catching-up={room.isCatchingUp.value}>
        <div
          class="scroller"
          ref={this.#scroller}
          onScroll={() => this.#scrolled()}
          tabIndex={0}
          role="region"
          aria-label={`Messages in #${room.name}`}
          aria-busy={window === undefined}
        >
          {window !== undefined && !window.hasOlder && (
            <p class="beginning">{beginningSentence(room.name, window.firstSeq)}</p>
          )}
          <ol class="rows" ref={this.#list}>
            {rows.map((row) => drawRow(row, session, lastOwnSeq))}
            {isOwnShown && own.map((one) => drawOwn(one, rows.at(-1), session))}
          </ol>
        </div>
        <JumpButton isAtEnd={this.#isAtEnd} room={room} jump={() => void this.#jump()} />
      </div>
    );
  }

  #scrolled(): void {
    const { scrollTop } = this.#scroller.current!;
    if (Math.abs(scrollTop - this.#topPx) >= 1) {
      this.#hasLeftEnd = scrollTop < this.#topPx;
      this.props.room.isEndWanted = false;
    }
    this.#topPx = scrollTop;
    this.#note();
    this.#markRead();
    this.#fetch();
  }

  /** Puts the list where it belongs, after whatever has changed. */
  #settle(): void {
    const scroller = this.#scroller.current;
    if (scroller === null) return;
    const spot = this.#target();
    const row = spot === 'end' ? undefined : this.#rowOf(spot.key);
    if (spot === 'end') scrollTo(scroller, scroller.scrollHeight - scroller.clientHeight);
    else if (row !== undefined) scrollTo(scroller, row.offsetTop - spot.offsetPx);
    if (spot === 'end') this.#hasLeftEnd = false;
    this.#topPx = scroller.scrollTop;
    if (this.props.room.window.value !== undefined) {
      this.#note();
      this.#markRead();
    }
    this.#fetch();
  }

  /** Where the list belongs. It follows the end, but not past what nobody could see come. */
  #target(): Spot {
    const { room, attention } = this.props;
    const isMissed =
      room.unread.value > 0 && (room.isCatchingUp.value || !attention.isVisible.value);
    const isHeld = isMissed && this.#rowOf(dividerKey) !== undefined;
    return room.spot === 'end' && isHeld ? dividerSpot : room.spot;
  }

  /** Notes where one is. */
  #note(): void {
    const { room } = this.props;
    const scroller = this.#scroller.current!;
    const leftPx = scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
    const isShown = room.window.value !== undefined && isAtHead(room.window.value);
    const top = this.#rows().find(
      (row) =>
        row.offsetTop + row.offsetHeight > scroller.scrollTop && seqOf(keyOf(row)) !== undefined,
    );
    const withinPx = this.#hasLeftEnd ? 1 : endWithinPx;
    if ((leftPx <= withinPx && isShown) || top === undefined) {
      room.spot = 'end';
    } else {
      room.spot = { key: keyOf(top), offsetPx: top.offsetTop - scroller.scrollTop };
    }
    this.#noted = room.spot;
    this.#isAtEnd.value = room.spot === 'end';
  }

  /** Marks what can be seen as read, if somebody is there. */
  #markRead(): void {
    const { room, attention } = this.props;
    const scroller = this.#scroller.current;
    if (!attention.isLookedAt.value || scroller === null || this.#noted === undefined) return;
    if (room.spot === 'end' && !room.isCatchingUp.value) {
      room.read(room.headSeq);
      return;
    }
    const bottomPx = scroller.scrollTop + scroller.clientHeight;
    const lowest = this.#rows().findLast(
      (row) => row.offsetTop + row.offsetHeight <= bottomPx && seqOf(keyOf(row)) !== undefined,
    );
    if (lowest !== undefined) room.read(seqOf(keyOf(lowest)) ?? 0);
  }

  /** Fetches what is about to be scrolled to. Without a connection it is tried again with the next one. */
  #fetch(): void {
    const { room } = this.props;
    const scroller = this.#scroller.current;
    if (scroller === null) return;
    const { scrollTop, scrollHeight, clientHeight } = scroller;
    const belowPx = scrollHeight - clientHeight - scrollTop;
    const fetching: Array<Promise<void>> = [];
    if (room.isEndWanted && this.#isReady()) fetching.push(room.jumpToEnd());
    else if (room.window.value === undefined) fetching.push(room.open());
    else if (scrollTop < fetchWithinPx) fetching.push(room.loadOlder());
    if (room.window.value !== undefined && belowPx < fetchWithinPx) {
      fetching.push(room.loadNewer());
    }
    const { value: before } = room.window;
    // A page of changes moves nothing on the screen: then nothing but this would go on.
    const goOn = (): void => {
      if (room.window.value !== before) this.#fetch();
    };
    for (const page of fetching) page.then(goOn, () => {});
  }

  #isReady(): boolean {
    const { room, session } = this.props;
    return session.connection.value.kind === 'open' && room.isJoined.value;
  }

  async #jump(): Promise<void> {
    const { room } = this.props;
    try {
      await room.jumpToEnd();
    } catch {
      // Without a connection the end that is known has to do.
    }
    this.#settle();
    this.#scroller.current?.focus();
  }

  #rows(): HTMLElement[] {
    return Array.from(this.#list.current?.children ?? []) as HTMLElement[];
  }

  #rowOf(key: string): HTMLElement | undefined {
    return this.#rows().find((row) => keyOf(row) === key);
  }
}

function keyOf(row: HTMLElement): string {
  return row.dataset['key'] ?? '';
}

/** Moves only what is not there yet: it would stop a finger's swing. */
function scrollTo(scroller: HTMLElement, topPx: number): void {
  if (Math.abs(scroller.scrollTop - topPx) >= 1) scroller.scrollTop = topPx;
}
