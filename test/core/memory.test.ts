import { expect } from 'chai';
import { MemoryBudget } from '../../src/core/memory.js';
import { ManualTime } from '../support/manual-time.js';

describe('MemoryBudget', () => {
  it('lets everybody have a full share until half of all is held, then less and less', () => {
    const budget = new MemoryBudget(1000, new ManualTime());
    expect(budget.share).to.equal(1);
    budget.hold(500);
    expect(budget.share).to.equal(1);
    budget.hold(125);
    expect(budget.share).to.equal(0.5);
    budget.hold(125);
    expect(budget.share).to.equal(0);
    expect(budget.isUsedUp).to.equal(false);
    budget.hold(250);
    expect(budget.isUsedUp).to.equal(true);
    budget.hold(4000);
    expect(budget.share).to.equal(0);
    budget.release(4500);
    expect(budget.share).to.equal(1);
  });

  it('lets those who wait go on in their order, when enough is free, at the end of the turn', () => {
    const time = new ManualTime();
    const budget = new MemoryBudget(1000, time);
    const came: string[] = [];
    budget.hold(1000);
    expect(budget.isUsedUp).to.equal(true);
    for (const name of ['a', 'b'])
      budget.wait({ isDone: false, memoryCame: () => came.push(name) });
    budget.release(10);
    time.turn();
    expect(came).to.deep.equal([]);
    budget.release(90);
    expect(came).to.deep.equal([]);
    time.turn();
    expect(came).to.deep.equal(['a', 'b']);
  });

  it('wakes no more of them than there is memory for', () => {
    const time = new ManualTime();
    const budget = new MemoryBudget(1000, time);
    const came: string[] = [];
    budget.hold(1000);
    const greedy = (name: string) => ({
      isDone: false,
      memoryCame: () => {
        came.push(name);
        budget.hold(200);
      },
    });
    for (const name of ['a', 'b', 'c']) budget.wait(greedy(name));
    budget.release(400);
    time.turn();
    expect(came).to.deep.equal(['a', 'b']);
    budget.release(400);
    time.turn();
    expect(came).to.deep.equal(['a', 'b', 'c']);
  });

  it('lets a few go on while none is free, as what they have sent may be what is held', () => {
    const time = new ManualTime();
    const budget = new MemoryBudget(1000, time);
    let came = 0;
    budget.hold(1000);
    for (let count = 0; count < 40; count += 1)
      budget.wait({ isDone: false, memoryCame: () => (came += 1) });
    const steps = [1, 2, 3, 4].map(() => {
      time.advance(50);
      return came;
    });
    expect(steps).to.deep.equal([16, 32, 40, 40]);
    expect(time.pending).to.equal(0);
  });
});
