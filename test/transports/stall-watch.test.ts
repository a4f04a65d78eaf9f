import { expect } from 'chai';
import { StallWatch, type Watchable } from '../../src/transports/stall-watch.js';

/** A poll every five milliseconds. */
const stallTimeoutMs = 20;

/** The kernel's tables as a test has them: what each poll finds, by row. */
class Tables {
  /** The rows that each poll has asked for. */
  readonly polls: string[][] = [];
  readonly #bytes: (row: string, poll: number) => number | undefined;

  /** `poll` counts from 1. */
  constructor(bytes: (row: string, poll: number) => number | undefined) {
    this.#bytes = bytes;
  }

  readonly queuesOf = async (rows: Iterable<string>): Promise<ReadonlyMap<string, number>> => {
    const asked = [...rows];
    const poll = this.polls.push(asked);
    // Reading takes several turns of the event loop.
    await new Promise(setImmediate);
    const found = new Map<string, number>();
    for (const row of asked) {
      const bytes = this.#bytes(row, poll);
      if (bytes !== undefined) found.set(row, bytes);
    }
    return found;
  };
}

class Watched implements Watchable {
  readonly row: string;
  isEnding = false;
  stalled: () => void = () => {};
  readonly givenUp = new Promise<void>((resolve) => (this.stalled = resolve));

  constructor(row: string) {
    this.row = row;
  }
}

describe('StallWatch', () => {
  const cases: readonly (readonly [
    how: string,
    bytes: (row: string, poll: number) => number | undefined,
    polls: number,
  ])[] = [
    ['the tables have no row of', () => undefined, 5],
    ['takes nothing all the time', () => 4096, 5],
    ['takes nothing any more', (_, poll) => Math.max(0, 10 - poll), 14],
  ];
  for (const [how, bytes, polls] of cases) {
    it(`gives up a connection that ${how}, a timeout after the first poll without news`, async () => {
      const tables = new Tables(bytes);
      const watch = new StallWatch(stallTimeoutMs, tables.queuesOf);
      const connection = new Watched('a');
      watch.restart(connection);
      await connection.givenUp;
      expect(tables.polls).to.have.length(polls);
      expect(watch.has(connection)).to.equal(false);
    });
  }

  it('keeps one that takes something in the last poll that it has', async () => {
    const tables = new Tables((row, poll) => (row === 'slow' ? Math.floor(poll / 4) : 1));
    const watch = new StallWatch(stallTimeoutMs, tables.queuesOf);
    const slow = new Watched('slow');
    slow.stalled = () => expect.fail('it was given up');
    watch.restart(slow);
    for (let round = 0; round < 5; round += 1) {
      const stalled = new Watched('stalled');
      watch.restart(stalled);
      await stalled.givenUp;
    }
    expect(watch.has(slow)).to.equal(true);
    watch.delete(slow);
  });

  it('keeps one that reports that something was taken', async () => {
    const tables = new Tables((row, poll) => {
      if (row === 'other' && poll <= 20) watch.restart(reporting);
      return undefined;
    });
    const watch = new StallWatch(stallTimeoutMs, tables.queuesOf);
    const [reporting, other] = [new Watched('reporting'), new Watched('other')];
    watch.restart(reporting);
    other.stalled = () => watch.restart(other);
    watch.restart(other);
    await reporting.givenUp;
    expect(tables.polls).to.have.length(24);
    watch.delete(other);
  });

  it('polls for all of them with one reading, and not for those that have ended', async () => {
    const tables = new Tables(() => 1);
    const watch = new StallWatch(stallTimeoutMs, tables.queuesOf);
    const connections = Array.from({ length: 1000 }, (_, index) => new Watched(String(index)));
    connections[0]!.isEnding = true;
    for (const connection of connections) watch.restart(connection);
    await Promise.all(connections.map(async ({ givenUp }) => givenUp));
    expect(tables.polls.map((rows) => rows.length)).to.deep.equal(Array(5).fill(999));
  });

  it('does not poll while nobody waits', async () => {
    const idle = new Tables(() => 1);
    const watch = new StallWatch(stallTimeoutMs, idle.queuesOf);
    const connection = new Watched('a');
    watch.restart(connection);
    watch.delete(connection);

    const busy = new StallWatch(stallTimeoutMs, new Tables(() => 1).queuesOf);
    const stalled = new Watched('b');
    busy.restart(stalled);
    await stalled.givenUp;
    expect(idle.polls).to.be.empty;
  });
});
