import { expect } from 'chai';
import { Drafts } from '../../src/core/drafts.js';
import { lobbyName } from '../../src/protocol/limits.js';
import type { Clock, Store } from '../../src/core/ports.js';
import { MemoryLog } from '../../src/store/memory/log.js';
import { openNode } from '../support/node.js';

/** A clock whose timers ring when they are told to. */
class ManualTimers {
  nowMs = 1_000_000;
  #timers: Array<{ atMs: number; callback: () => void }> = [];

  readonly after = (delayMs: number, callback: () => void): (() => void) => {
    const timer = { atMs: this.nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((one) => one !== timer));
  };

  /** Lets time pass; settles when all that came of it has been done. */
  async pass(durationMs: number): Promise<void> {
    this.nowMs += durationMs;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.nowMs);
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.nowMs);
    for (const { callback } of due) callback();
    await new Promise(setImmediate);
  }
}

async function fill(store: Store, room: string, count: number, sentAtMs = 0): Promise<void> {
  const drafts = Array.from({ length: count }, (_, index) => ({
    change: undefined,
    id: '',
    author: 'a',
    sender: 'alice',
    content: String(index),
    sentAtMs,
  }));
  await store.append([{ room, drafts: Drafts.of(drafts) }]);
}

describe('retention', () => {
  it('removes what is more than each room may have, and rooms with readers know it', async () => {
    const timers = new ManualTimers();
    const store = new MemoryLog(1e9);
    await fill(store, lobbyName, 5000);
    await fill(store, 'dev', 12);
    const node = await openNode({
      store,
      retention: { entriesMax: 10, ageMsMax: 0 },
      clock: clockOf(timers),
    });
    await timers.pass(60_000);
    expect(await store.state(lobbyName)).to.include({ headSeq: 5000, tailSeq: 4991 });
    expect(await store.state('dev')).to.include({ headSeq: 12, tailSeq: 3 });
    expect(node.rooms.lobby.log.tailSeq).to.equal(4991);
  });

  it('removes what is too old, again and again', async () => {
    const timers = new ManualTimers();
    const store = new MemoryLog(1e9);
    await fill(store, 'dev', 3, timers.nowMs);
    await openNode({
      store,
      retention: { entriesMax: 0, ageMsMax: 100_000 },
      clock: clockOf(timers),
    });
    await timers.pass(60_000);
    await fill(store, 'dev', 2, timers.nowMs);
    expect((await store.state('dev')).tailSeq).to.equal(1);
    await timers.pass(60_000);
    expect((await store.state('dev')).tailSeq).to.equal(4);
    await timers.pass(60_000);
    expect(await store.state('dev')).to.include({ headSeq: 5, tailSeq: 6 });
  });

  it('goes on after a failure of the store, and ends with the node', async () => {
    const timers = new ManualTimers();
    const store = new MemoryLog(1e9);
    let calls = 0;
    const failing: Store = {
      probe: async () => {},
      append: async (appends) => store.append(appends),
      read: async (room, range) => store.read(room, range),
      state: async (room) => store.state(room),
      trim: async () => {
        calls += 1;
        throw new Error('the disk has failed');
      },
    };
    const node = await openNode({
      store: failing,
      retention: { entriesMax: 1, ageMsMax: 0 },
      clock: clockOf(timers),
    });
    await timers.pass(60_000);
    await timers.pass(60_000);
    expect(calls).to.equal(2);
    await node.close(1);
    await timers.pass(60_000);
    expect(calls).to.equal(2);
  });
});

function clockOf(timers: ManualTimers): Clock {
  return {
    wallMs: () => timers.nowMs,
    monotonicMs: () => timers.nowMs,
    endOfTurn: (callback) => void setImmediate(callback),
    after: timers.after,
  };
}
