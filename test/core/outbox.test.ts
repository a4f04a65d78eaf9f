import { expect } from 'chai';
import { OutboxBudget } from '../../src/core/outbox.js';

describe('OutboxBudget', () => {
  it('lets every session have its full share until half of the total is in use', () => {
    const budget = new OutboxBudget(1000, 100);
    expect(budget.highWatermarkBytes).to.equal(100);
    budget.add(500);
    expect(budget.highWatermarkBytes).to.equal(100);
  });

  it('gives less and less from there on, and nothing when all is used up', () => {
    const budget = new OutboxBudget(1000, 100);
    budget.add(750);
    expect(budget.highWatermarkBytes).to.equal(50);
    budget.add(250);
    expect(budget.highWatermarkBytes).to.equal(0);
    budget.add(4000);
    expect(budget.highWatermarkBytes).to.equal(0);
    budget.add(-4500);
    expect(budget.highWatermarkBytes).to.equal(100);
  });
});
