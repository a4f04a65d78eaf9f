import { expect } from 'chai';
import { Commits } from '../../src/core/commits.js';
import { MemoryBudget } from '../../src/core/memory.js';
import type { Append, Appended, Entries } from '../../src/core/ports.js';
import type { Room } from '../../src/core/room.js';
import type { Submission } from '../../src/core/submission.js';
import { utf8Range } from '../../src/protocol/utf8.js';
import { ManualTime } from '../support/manual-time.js';
import { newRoom, Reader } from '../support/rooms-in-core.js';

/** Commits to a store that answers when the test says so, and what has happened since. */
class Scene {
  readonly clock = new ManualTime();
  readonly memory = new MemoryBudget(1e9, this.clock);
  readonly rooms = new Map<string, Room>();
  /** What is wrong with the store, for who asks. */
  problem: Error | undefined;
  /** What has happened, in its order. */
  readonly told: string[] = [];
  readonly #heads = new Map<string, number>();
  #settle: ((error?: Error) => void) | undefined;

  readonly commits = new Commits({
    clock: this.clock,
    memory: this.memory,
    store: { append: async (appends) => this.#append(appends) },
    health: {
      note: (problem) => this.told.push(problem === undefined ? 'well' : 'ill'),
      problem: async () => this.problem,
    },
    observer: {
      appended: (room: string, entries: Entries) => {
        const texts = Array.from(entries, ({ seq, content }) => `${seq} ${content}`);
        this.told.push(`${room} has ${texts.join(', ')}`);
      },
    },
    settled: ({ name, isIdle }) => this.told.push(`${name} is ${isIdle ? 'idle' : 'in use'}`),
  });

  room(name: string): Room {
    let room = this.rooms.get(name);
    if (room === undefined) this.rooms.set(name, (room = newRoom(name)));
    return room;
  }

  say(room: string, content: string): void {
    const submission: Submission = {
      change: undefined,
      id: content,
      speaker: { author: 'a', sender: 'alice' },
      ...utf8Range(content),
      sentAtMs: 0,
      submitter: {
        wantsAcks: true,
        acked: (acks) => this.told.push(`acked ${acks.map(({ id }) => id).join(' ')}`),
        refused: (_error, ids) => this.told.push(`refused ${ids.join(' ')}`),
      },
    };
    this.commits.publish(this.room(room), submission);
  }

  /** Ends the turn, until the store has been asked for all that is asked for in it. */
  async turn(): Promise<void> {
    for (let count = 0; count < 4; count += 1) {
      this.clock.turn();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The store answers; what follows has been done when it settles. */
  async answer(error?: Error): Promise<void> {
    this.#settle!(error);
    this.#settle = undefined;
    await this.turn();
  }

  /** What has happened since the last time. */
  news(): string[] {
    return this.told.splice(0);
  }

  async #append(appends: readonly Append[]): Promise<readonly Appended[]> {
    const texts = appends.map(
      ({ room, drafts }) => `${room}: ${Array.from(drafts, ({ content }) => content).join(' ')}`,
    );
    this.told.push(`append ${texts.join('; ')}`);
    await new Promise<void>((resolve, reject) => {
      this.#settle = (error) => (error === undefined ? resolve() : reject(error));
    });
    return appends.map(({ room, drafts }) => {
      const head = this.#heads.get(room) ?? 0;
      this.#heads.set(room, head + drafts.length);
      return { firstSeq: head + 1, notAdded: [] };
    });
  }
}

describe('Commits', () => {
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene();
  });

  it('make one append of all messages of a turn, and answer when the store has them', async () => {
    const reader = new Reader(scene.room('dev'), 'bob');
    scene.say('dev', 'a');
    scene.say('ops', 'b');
    scene.say('dev', 'c');
    expect(scene.news()).to.deep.equal([]);
    await scene.turn();
    expect(scene.news()).to.deep.equal(['append dev: a c; ops: b']);
    expect(reader.received).to.be.empty;
    await scene.answer();
    expect(scene.news()).to.deep.equal([
      'well',
      'dev has 1 a, 2 c',
      'dev is in use',
      'ops has 1 b',
      'ops is idle',
      'acked a',
      'acked c',
      'acked b',
    ]);
    expect(reader.received.map(({ content }) => content)).to.deep.equal(['a', 'c']);
    expect(reader.seqs).to.deep.equal([2]);
  });

  it('collect what comes meanwhile for the next append', async () => {
    scene.say('dev', 'a');
    await scene.turn();
    for (const content of ['b', 'c']) {
      scene.say('dev', content);
      await scene.turn();
    }
    expect(scene.news()).to.deep.equal(['append dev: a']);
    await scene.answer();
    expect(scene.news()).to.include.members(['append dev: b c', 'dev has 1 a']);
    await scene.answer();
    expect(scene.news()).to.include('dev has 2 b, 3 c');
  });

  it('refuse all of an append that fails, and go on with the next', async () => {
    const reader = new Reader(scene.room('dev'), 'bob');
    scene.say('dev', 'a');
    scene.say('ops', 'b');
    await scene.turn();
    scene.say('dev', 'c');
    scene.news();
    await scene.answer(new Error('the disk is full'));
    const told = scene.news();
    expect(told.filter((one) => !one.startsWith('append'))).to.deep.equal([
      'ill',
      'refused a',
      'refused b',
      'dev is in use',
      'ops is idle',
    ]);
    expect(told).to.include('append dev: c');
    expect(reader.received).to.be.empty;
    await scene.answer();
    expect(scene.news()).to.include.members(['well', 'dev has 1 c', 'acked c']);
  });

  it('refuse what comes after an append that is in doubt, until that is known', async () => {
    scene.say('dev', 'a');
    await scene.turn();
    scene.say('dev', 'b');
    scene.news();
    scene.clock.advance(1000);
    await scene.turn();
    expect(scene.news(), 'it is only slow').to.deep.equal([]);
    scene.problem = new Error('nobody knows yet');
    scene.clock.advance(1000);
    await scene.turn();
    expect(scene.news()).to.deep.equal(['ill', 'refused b', 'dev is in use']);
    scene.say('dev', 'c');
    scene.clock.advance(1000);
    await scene.turn();
    expect(scene.news()).to.deep.equal(['ill', 'refused c', 'dev is in use']);
    scene.problem = undefined;
    scene.say('dev', 'd');
    await scene.answer();
    expect(scene.news()).to.include.members(['dev has 1 a', 'acked a', 'append dev: d']);
    await scene.answer();
    expect(scene.news()).to.include('dev has 2 d');
    scene.clock.advance(5000);
    expect(scene.memory.bytes).to.equal(0);
  });

  it('call back when all that was published before is settled, also where that is nothing', async () => {
    scene.commits.whenSettled(() => scene.told.push('settled at once'));
    await scene.turn();
    expect(scene.news()).to.deep.equal(['settled at once']);
    scene.say('dev', 'a');
    scene.commits.whenSettled(() => scene.told.push('settled'));
    await scene.turn();
    scene.say('dev', 'b');
    expect(scene.news()).to.deep.equal(['append dev: a']);
    await scene.answer();
    const told = scene.news();
    expect(told.indexOf('settled')).to.be.greaterThan(told.indexOf('dev has 1 a'));
    expect(told).not.to.include('dev has 2 b');
  });

  it('count what waits, until it is settled', async () => {
    scene.say('dev', 'a');
    const { bytes } = scene.memory;
    expect(bytes).to.be.greaterThan(0);
    scene.say('dev', 'b');
    expect(scene.memory.bytes).to.equal(2 * bytes);
    await scene.turn();
    expect(scene.memory.bytes).to.equal(2 * bytes);
    await scene.answer();
    expect(scene.memory.bytes).to.equal(0);
  });

  it('are full while more waits than is stored and handed out in a moment', async () => {
    for (let count = 0; count < 4096; count += 1) scene.say('dev', 'a');
    expect(scene.commits.isFull).to.equal(false);
    scene.say('dev', 'a');
    expect(scene.commits.isFull).to.equal(true);
    await scene.turn();
    expect(scene.commits.isFull).to.equal(false);
    scene.say('dev', 'x'.repeat(5_000_000));
    expect(scene.commits.isFull).to.equal(true);
  });
});
