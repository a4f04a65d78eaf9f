import { expect } from 'chai';
import { setImmediate as endOfTurn } from 'node:timers';
import { ManualTime } from '../support/manual-time.js';
import { openNode } from '../support/node.js';
import { Peer, settled } from '../support/peer.js';

describe('a reader that watches who is there', () => {
  it('goes on in the room also when telling it that is what fills it as it catches up', async () => {
    const time = new ManualTime();
    const clock = {
      wallMs: () => 0,
      monotonicMs: () => time.monotonicMs(),
      after: time.after.bind(time),
      endOfTurn: (callback: () => void): void => void endOfTurn(callback),
    };
    const node = await openNode({ clock });
    const [watcher, other] = [new Peer(node), new Peer(node)];
    watcher.hello('watcher');
    await settled();
    watcher.control({ $case: 'join', join: { room: '', start: undefined, presence: true } });
    time.advance(1000);

    watcher.hasRoom = () => false;
    other.say('1');
    await settled();
    new Peer(node); // somebody comes, which it is told when it has caught up
    time.advance(1000);
    other.say('2');
    await settled();
    watcher.received = [];
    watcher.hasRoom = ({ control }) => control?.$case !== 'presence';
    watcher.drain();
    node.checkInvariants(0);
    expect(watcher.got).to.deep.equal(['2', 'presence']);

    watcher.hasRoom = () => true;
    watcher.drain();
    node.checkInvariants(0);
    other.say('3');
    await settled();
    expect(watcher.got).to.deep.equal(['2', 'presence', '3']);
  });
});
