import { expect } from 'chai';
import fc from 'fast-check';
import { MemoryBudget } from '../../src/core/memory.js';
import { WaitingBytes } from '../../src/transports/waiting-bytes.js';
import { WriteQueue } from '../../src/transports/write-queue.js';
import { ManualTime } from '../support/manual-time.js';

/** All that waits, in pieces. */
function drain(queue: WriteQueue): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let piece = queue.shift(); piece !== undefined; piece = queue.shift()) pieces.push(piece);
  return pieces;
}

describe('WriteQueue', () => {
  let memory: MemoryBudget;
  let counts: WaitingBytes;

  beforeEach(() => {
    memory = new MemoryBudget(1e9, new ManualTime());
    counts = new WaitingBytes(memory);
  });

  it('hands out what was pushed, in order, in pieces of the size it was given', () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 30 });
    fc.assert(
      fc.property(chunks, fc.integer({ min: 1, max: 20 }), (pushed, pieceBytesMax) => {
        const queue = new WriteQueue(pieceBytesMax, counts);
        for (const bytes of pushed) queue.push(bytes);
        expect(queue.bytes).to.equal(Buffer.concat(pushed).length);
        const pieces = drain(queue);
        expect(Buffer.concat(pieces).equals(Buffer.concat(pushed))).to.equal(true);
        expect(pieces.every((piece) => piece.length <= pieceBytesMax)).to.equal(true);
        expect(queue.bytes).to.equal(0);
      }),
    );
  });

  it('takes more while it hands out', () => {
    const queue = new WriteQueue(2, counts);
    queue.push(Buffer.from('abc'));
    expect(String(queue.shift())).to.equal('ab');
    queue.push(Buffer.from('d'));
    expect(queue.bytes).to.equal(2);
    expect(drain(queue).map(String)).to.deep.equal(['c', 'd']);
    expect(queue.shift()).to.equal(undefined);
  });

  it('counts bytes that wait in several queues once, for as long as they wait in any', () => {
    const batch = new Uint8Array(1000);
    const queues = [1, 2, 3].map(() => new WriteQueue(400, counts));
    for (const queue of queues) queue.push(batch);
    for (const queue of queues) queue.push(batch.subarray(10, 20));
    expect(memory.bytes).to.equal(1000);
    drain(queues[0]!);
    queues[1]!.discard();
    expect(memory.bytes).to.equal(1000);
    queues[2]!.shift();
    queues[2]!.discard();
    expect(memory.bytes).to.equal(0);
  });
});
