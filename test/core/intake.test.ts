import { expect } from 'chai';
import type { Node, NodeOptions } from '../../src/core/node.js';
import { chatMessage, encodeFrame } from '../../src/protocol/codec.js';
import { ChatError } from '../../src/protocol/errors.js';
import { defaultLimits } from '../../src/protocol/limits.js';
import { ErrorCode } from '../../src/protocol/messages.js';
import { openNode } from '../support/node.js';
import { Peer, settled } from '../support/peer.js';

function echoes(count: number): Uint8Array {
  const frames = Array.from({ length: count }, (_, index) =>
    encodeFrame(chatMessage({ content: String(index) })),
  );
  return Buffer.concat(frames);
}

describe('Intake', () => {
  let node: Node;

  async function newPeer(options: Partial<NodeOptions> = {}): Promise<Peer> {
    node = await openNode(options);
    const peer = new Peer(node);
    peer.hello();
    await settled();
    peer.received = [];
    peer.writes = 0;
    return peer;
  }

  afterEach(() => {
    node.checkInvariants(0);
  });

  it('answers all that comes at once with one write', async () => {
    const peer = await newPeer();
    const chunk = echoes(3);
    expect(peer.session.intake.push(chunk)).to.equal(chunk.length);
    expect(peer.got).to.deep.equal(['0', '1', '2']);
    expect(peer.writes).to.equal(1);
  });

  it('goes on with a frame that comes in pieces', async () => {
    const peer = await newPeer();
    for (const byte of echoes(2)) peer.session.intake.push(Uint8Array.of(byte));
    expect(peer.got).to.deep.equal(['0', '1']);
    expect(peer.writes).to.equal(2);
  });

  it('counts what has come of a frame until the rest has', async () => {
    const peer = await newPeer();
    const before = node.memory.bytes;
    const frame = encodeFrame(chatMessage({ content: 'x'.repeat(1000) }));
    peer.session.intake.push(frame.subarray(0, 500));
    expect(node.memory.bytes - before).to.be.at.least(498);
    peer.session.intake.push(frame.subarray(500));
    expect(node.memory.bytes).to.equal(before);
  });

  it('takes nothing while its gate is shut, so that the rest comes again', async () => {
    // The hello was the first of three.
    const limits = { ...defaultLimits, messagesPerSecond: 1, messageBurst: 3 };
    const peer = await newPeer({ limits });
    const chunk = echoes(5);
    const taken = peer.session.intake.push(chunk);
    expect(taken).to.equal(echoes(2).length);
    expect(peer.got.filter((one) => one !== 'throttled')).to.deep.equal(['0', '1']);
    expect(peer.session.isPaused).to.equal(true);
    expect(peer.session.intake.push(chunk.subarray(taken))).to.equal(0);
  });

  // The WebSocket package says so some time after the read.
  it('ends a session whose transport breaks, also when nothing is being read', async () => {
    const limits = { ...defaultLimits, messagesPerSecond: 1, messageBurst: 2 };
    const peer = await newPeer({ limits });
    peer.session.intake.broken(new ChatError(ErrorCode.ERROR_CODE_BAD_WEBSOCKET));
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(peer.got).to.deep.equal(['error']);
    expect(peer.ends).to.deep.equal([`end ${ErrorCode.ERROR_CODE_BAD_WEBSOCKET}`]);
    expect(peer.session.intake.push(echoes(1))).to.be.greaterThan(0);
    expect(peer.got).to.deep.equal(['error']);
  });
});
