import { expect } from 'chai';
import fc from 'fast-check';
import { Queue } from '../src/queue.js';

describe('Queue', () => {
  it('gives what was put in, in its order, whatever comes between', () => {
    // A number is put in; where there is none, the first one is taken.
    const steps = fc.array(fc.option(fc.integer()), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (taken) => {
        const queue = new Queue<number>();
        const expected: number[] = [];
        for (const item of taken) {
          if (item !== null) {
            queue.push(item);
            expected.push(item);
          } else if (expected.length > 0) {
            expect(queue.shift()).to.equal(expected.shift());
          }
          expect(queue.length).to.equal(expected.length);
          expect(expected.map((_, place) => queue.at(place))).to.deep.equal(expected);
        }
      }),
    );
  });

  it('lets its first item be replaced', () => {
    const queue = new Queue<string>();
    for (const item of ['a', 'b', 'c']) queue.push(item);
    queue.shift();
    queue.replaceFirst('B');
    expect([queue.shift(), queue.shift(), queue.length]).to.deep.equal(['B', 'c', 0]);
  });
});
