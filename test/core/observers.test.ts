import { expect } from 'chai';
import { combined } from '../../src/core/observers.js';
import type { Observer } from '../../src/core/ports.js';
import { openNode } from '../support/node.js';
import { Peer, settled } from '../support/peer.js';

/** An observer of which every call throws. */
const failing: Required<Observer> = {
  sessionOpened: fail,
  sessionClosed: fail,
  named: fail,
  connectionRefused: fail,
  acceptFailed: fail,
  refused: fail,
  requestRefused: fail,
  committed: fail,
  delivered: fail,
  storeFailed: fail,
  storeRecovered: fail,
  readFailed: fail,
  readRecovered: fail,
  damageFound: fail,
  appended: fail,
  roomClosed: fail,
  echoed: fail,
};

function fail(): void {
  throw new Error('a mistake');
}

describe('observers', () => {
  it('are told what they want to know, in their order; other calls are absent', () => {
    const told: string[] = [];
    const observer = combined(
      [
        {
          delivered: (count) => told.push(`first ${count}`),
          roomClosed: (room) => told.push(room),
        },
        { delivered: (count) => told.push(`second ${count}`) },
      ],
      fail,
    );
    observer.delivered?.(3);
    observer.roomClosed?.('dev');
    expect(told).to.deep.equal(['first 3', 'second 3', 'dev']);
    expect(Object.keys(observer)).to.have.members(['delivered', 'roomClosed']);
  });

  it('that throw are reported once for each call, and the others are told all the same', () => {
    const told: number[] = [];
    const failures: string[] = [];
    const observer = combined(
      [failing, { delivered: (count) => told.push(count) }],
      (call, error) => failures.push(`${call}: ${(error as Error).message}`),
    );
    for (const count of [1, 2, 3]) observer.delivered?.(count);
    observer.roomClosed?.('dev');
    expect(told).to.deep.equal([1, 2, 3]);
    expect(failures).to.deep.equal(['delivered: a mistake', 'roomClosed: a mistake']);
  });

  it('that throw do not harm a node: messages are acked, echoed and handed out', async () => {
    const failures: string[] = [];
    const node = await openNode({
      observers: [failing],
      observerFailed: (call) => failures.push(call),
    });
    const [sender, reader] = [new Peer(node), new Peer(node)];
    sender.hello('alice');
    await settled();
    sender.say('hello', 'id of hello');
    sender.send({ content: 'to myself' });
    sender.say('', 'empty');
    await settled();
    expect(sender.got).to.have.members(['welcome', 'to myself', 'error', 'ack', 'hello']);
    expect(reader.got).to.deep.equal(['(broadcast)hello']);
    sender.session.closed();
    expect(node.sessionCount).to.equal(1);
    expect(failures).to.have.members([
      'sessionOpened',
      'named',
      'echoed',
      'refused',
      'committed',
      'delivered',
      'appended',
      'sessionClosed',
    ]);
  });
});
