import { expect } from 'chai';
import type { Node } from '../../src/core/node.js';
import type { HeldName } from '../../src/core/ports.js';
import { helloOf } from '../support/hello.js';
import { openNode } from '../support/node.js';
import { Peer, settled } from '../support/peer.js';

const credential = { $case: 'claim', claim: 'a secret of alice' } as const;

/** A node whose names are saved when the test says so. */
async function openSlowly(): Promise<{ node: Node; saves: Array<() => void> }> {
  const saves: Array<() => void> = [];
  const node = await openNode({
    names: {
      names: async () => [],
      saveNames: async (_names: readonly HeldName[]) =>
        new Promise<void>((resolve) => saves.push(resolve)),
    },
  });
  return { node, saves };
}

// chat.proto, "Person, device, session".
describe('a device that connects again while its earlier hello waits for the store', () => {
  it('has its later connection in use, whichever hello is done first', async () => {
    const { node, saves } = await openSlowly();
    const hello = { $case: 'hello', hello: helloOf({ name: 'alice', credential }) } as const;
    const earlier = new Peer(node);
    earlier.control(hello);
    await settled();
    const later = new Peer(node);
    later.control(hello);
    await settled();
    for (const done of saves) done();
    await settled();

    expect(later.got).to.include('welcome').and.not.to.include('goodbye');
    expect(later.ends).to.deep.equal([]);
    expect(earlier.got).to.deep.equal(['goodbye']);
    expect(earlier.ends).to.deep.equal(['end 68']);
  });
});

describe('a person whose other device asks for a new name and is gone before it is welcomed', () => {
  it('has that name everywhere', async () => {
    const { node, saves } = await openSlowly();
    const say = async (peer: Peer, name: string, device: string): Promise<void> => {
      peer.control({ $case: 'hello', hello: helloOf({ name, device, credential }) });
      await settled();
    };
    const [phone, laptop] = [new Peer(node), new Peer(node)];
    await say(phone, 'alice', 'phone');
    saves.shift()!();
    await settled();
    await say(laptop, 'alicia', 'laptop');
    laptop.session.closed();
    for (const done of saves) done();
    await settled();
    expect(phone.session.name).to.equal('alicia');
    expect(phone.got).to.deep.equal(['welcome', 'renamed']);
  });
});
