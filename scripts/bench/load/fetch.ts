// The role `fetch`: a full session that pages through a room's history, one page after
// another, from where it is told; after some pages it begins anew there.
import { type Endpoint, openFull, sharedBuffer } from './connection.js';
import { FullSession } from './full-session.js';
import type { Player, Role } from './roles.js';
import { waitFor } from './wait.js';

/** Far enough that pages are not the same ones again and again. */
const pagesPerWalk = 200;
const drainMs = 15_000;

type FetchRole = Extract<Role, { kind: 'fetch' }>;

/** Walks backwards with `before`, or forwards with `after`. */
interface Walk {
  readonly isForward: boolean;
  /** The page lies next to this seq, beyond it. */
  readonly fromSeq: number;
}

function walkOf({ from, rows }: FetchRole): Walk {
  switch (from) {
    case 'newest':
      return { isForward: false, fromSeq: rows + 1 };
    case 'middle':
      return { isForward: false, fromSeq: Math.floor(rows / 2) };
    case 'oldest':
      return { isForward: true, fromSeq: 0 };
  }
}

export function fetchPages({ port }: Endpoint, role: FetchRole): Player {
  const { room, pageRows } = role;
  const walk = walkOf(role);
  let seq = walk.fromSeq;
  let pages = 0;
  let isWaiting = false;
  let stopped = true;

  const session = new FullSession({
    port,
    room,
    buffer: sharedBuffer(),
    handlers: {
      page(firstSeq, rows) {
        const expected = walk.isForward ? seq + 1 : seq - pageRows;
        if (firstSeq !== expected || rows !== pageRows) {
          throw new Error(`a page has ${rows} messages from ${firstSeq}, not from ${expected}`);
        }
        pages += 1;
        isWaiting = false;
        seq = walk.isForward ? firstSeq + rows - 1 : firstSeq;
        if (pages % pagesPerWalk === 0) seq = walk.fromSeq;
        if (!stopped) ask();
      },
    },
  });

  function ask(): void {
    isWaiting = true;
    const edge = walk.isForward
      ? ({ $case: 'after', after: seq } as const)
      : ({ $case: 'before', before: seq } as const);
    session.send({ control: { $case: 'fetch', fetch: { room, edge, limit: pageRows } } });
  }

  return {
    ...openFull([session]),
    go() {
      stopped = false;
      ask();
    },
    frames: () => 0,
    done: () => pages,
    async stop() {
      stopped = true;
      await waitFor(
        () => !isWaiting,
        drainMs,
        () => 'a page did not come',
      );
      return 0;
    },
    check: async () => Promise.resolve(),
  };
}
