import { expect } from 'chai';
import { Gate, type Gated } from '../../src/core/gate.js';
import { MemoryBudget } from '../../src/core/memory.js';
import { Turns } from '../../src/core/turns.js';
import { ManualTime } from '../support/manual-time.js';

/** A gate, what it has told its owner, and what it depends on. */
class Scene implements Gated {
  readonly clock: ManualTime;
  readonly turns: Turns;
  readonly memory: MemoryBudget;
  readonly limits: { readonly messagesPerSecond: number; readonly messageBurst: number };
  readonly gate: Gate;
  readonly told: string[] = [];

  constructor(messagesPerSecond = 0, others?: Scene) {
    this.clock = others?.clock ?? new ManualTime();
    this.turns = others?.turns ?? new Turns(this.clock);
    this.memory = others?.memory ?? new MemoryBudget(1000, this.clock);
    this.limits = { messagesPerSecond, messageBurst: 4 * messagesPerSecond };
    this.gate = new Gate(this, this);
  }

  gateShut(): void {
    this.told.push('shut');
  }

  gateOpened(): void {
    this.told.push('opened');
  }

  gateThrottled(): void {
    this.told.push('throttled');
  }

  /** Work until the gate is shut; returns how much it was. */
  work(most = 100_000): number {
    this.gate.begin();
    let work = 0;
    while (this.gate.isOpen && work < most) {
      this.gate.spend(1, 1);
      work += 1;
    }
    return work;
  }
}

describe('Gate', () => {
  it('is open when no reason is left, and tells its owner of the changes alone', () => {
    const { gate, told } = new Scene();
    gate.shut('outbox');
    gate.shut('command');
    gate.shut('command');
    gate.open('command');
    expect(gate.isOpen).to.equal(false);
    gate.open('memory');
    gate.open('outbox');
    gate.open('outbox');
    expect(gate.isOpen).to.equal(true);
    expect(told).to.deep.equal(['shut', 'opened']);
  });

  it('shuts when the rate is used up, and opens when there is a message to spare again', () => {
    const scene = new Scene(10);
    expect(scene.work()).to.equal(40);
    expect(scene.told).to.deep.equal(['shut', 'throttled']);
    scene.clock.advance(99);
    scene.clock.turn();
    expect(scene.gate.isOpen).to.equal(false);
    scene.clock.advance(1);
    scene.clock.turn();
    expect(scene.gate.isOpen).to.equal(true);
    expect(scene.work()).to.equal(1);
  });

  it('counts a request for several messages, and waits for all of them', () => {
    const scene = new Scene(10);
    scene.gate.begin();
    scene.gate.spend(60, 1);
    scene.clock.advance(2000);
    expect(scene.gate.isOpen).to.equal(false);
    scene.clock.advance(100);
    scene.clock.turn();
    expect(scene.gate.isOpen).to.equal(true);
  });

  it('is not opened early by a timer of before', () => {
    const scene = new Scene(10);
    scene.work();
    scene.gate.spend(20, 1); // a frame that was read at the same time
    scene.clock.advance(100);
    scene.clock.turn();
    expect(scene.gate.isOpen).to.equal(false);
  });

  it('shuts when the memory is used up, and opens when there is some', () => {
    const scene = new Scene();
    scene.memory.hold(1000);
    expect(scene.work()).to.equal(1);
    scene.memory.release(200);
    scene.clock.turn();
    scene.clock.turn();
    expect(scene.told).to.deep.equal(['shut', 'opened']);
  });
});

describe('Turns', () => {
  it('let one that is alone do much in a turn, and go on in the next', () => {
    const scene = new Scene();
    const first = scene.work();
    expect(first).to.be.greaterThan(10 * scene.turns.shareWork);
    scene.clock.turn();
    expect(scene.gate.isOpen).to.equal(true);
    expect(scene.work()).to.equal(first);
  });

  it('let everybody do a share, however much one has done before', () => {
    const greedy = new Scene();
    greedy.work();
    for (let count = 0; count < 100; count += 1) {
      const quiet = new Scene(0, greedy);
      expect(quiet.work(greedy.turns.shareWork - 1)).to.equal(greedy.turns.shareWork - 1);
      expect(quiet.gate.isOpen).to.equal(true);
    }
  });

  it('let those who wait go on in their order, some in each turn, until all had theirs', () => {
    const first = new Scene();
    first.work();
    const others = Array.from({ length: 200 }, () => new Scene(0, first));
    for (const other of others) other.work();
    const waiting = [first, ...others];
    let turns = 0;
    for (; waiting.some(({ gate }) => !gate.isOpen); turns += 1) {
      first.clock.turn();
      const open = waiting.findIndex(({ gate }) => !gate.isOpen);
      // In their order: nobody after one that waits has gone on.
      if (open >= 0) expect(waiting.slice(open).some(({ gate }) => gate.isOpen)).to.equal(false);
    }
    expect(turns).to.be.within(2, 20);
  });

  it('bound what a turn may take, whatever is wanted', () => {
    const first = new Scene();
    const scenes = [first, ...Array.from({ length: 99 }, () => new Scene(0, first))];
    const sums: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      sums.push(scenes.reduce((sum, scene) => sum + scene.work(), 0));
      first.clock.turn();
    }
    const alone = new Scene().work();
    for (const sum of sums) expect(sum).to.be.at.most(alone + 100 * first.turns.shareWork);
  });
});
