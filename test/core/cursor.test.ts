import { expect } from 'chai';
import type { Node } from '../../src/core/node.js';
import type { Observer, Range, Slice, Store } from '../../src/core/ports.js';
import { ErrorCode, type ChatMessage, type Control } from '../../src/protocol/messages.js';
import { MemoryLog } from '../../src/store/memory/log.js';
import { append } from '../contract/store.js';
import { ManualTime } from '../support/manual-time.js';
import { openNode } from '../support/node.js';
import { Peer, settled } from '../support/peer.js';

const room = 'dev';

/** A store whose reads fail while it says so. */
class FailingStore implements Store {
  readonly #store = new MemoryLog(1e9);
  isFailing = false;
  reads = 0;
  append: Store['append'] = async (appends) => this.#store.append(appends);
  state: Store['state'] = async (name) => this.#store.state(name);
  trim: Store['trim'] = async (retention) => this.#store.trim(retention);
  probe: Store['probe'] = async () => {};

  async read(name: string, range: Range): Promise<Slice> {
    this.reads += 1;
    if (this.isFailing) throw new Error('the disk has failed');
    return await this.#store.read(name, range);
  }
}

// chat.proto, 7.10: "While a room cannot be read at all, its reader gets
// ERROR_CODE_STORE_UNAVAILABLE without an id, at once and then once a minute. The messages
// follow when they can be read."
describe('a reader whose room cannot be read', () => {
  let time: ManualTime;
  let store: FailingStore;
  let told: string[];
  let peer: Peer;
  let node: Node;

  /** Second by second, as what fails is tried again after each. */
  async function pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      time.advance(1000);
      await settled();
      node.checkInvariants(0);
    }
  }

  function errors(): ChatMessage[] {
    return peer.received.filter(({ control }) => control?.$case === 'error');
  }

  beforeEach(async () => {
    time = new ManualTime();
    store = new FailingStore();
    told = [];
    const observer: Observer = {
      readFailed: (problem) => told.push(`failed: ${problem}`),
      readRecovered: () => told.push('recovered'),
    };
    await append(store, room, 10);
    node = await openNode({
      store,
      observers: [observer],
      clock: {
        wallMs: () => 0,
        monotonicMs: () => time.monotonicMs(),
        endOfTurn: (callback) => void setImmediate(callback),
        after: (delayMs, callback) => time.after(delayMs, callback),
      },
    });
    peer = new Peer(node);
    peer.hello('alice');
    await settled();
    store.isFailing = true;
    const start = { $case: 'after', after: { epoch: '', seq: 0 } } as const;
    peer.control({ $case: 'join', join: { room, start, presence: false } });
    await settled();
  });

  it('is told at once, and again after a minute', async () => {
    expect(errors()).to.have.length(1);
    const [{ control }] = errors() as [ChatMessage];
    expect(control).to.have.property('$case', 'error');
    const { error } = control as Extract<Control, { $case: 'error' }>;
    const code = ErrorCode.ERROR_CODE_STORE_UNAVAILABLE;
    expect(error).to.include({ code, id: '', retryable: true });
    expect(error.message).to.equal(
      'the messages of dev cannot be read at the moment; they will follow',
    );
    await pass(59);
    expect(errors()).to.have.length(1);
    await pass(2);
    expect(errors()).to.have.length(2);
    expect(store.reads).to.be.within(60, 62);
  });

  it('gets everything once it can be read, and is told anew the next time', async () => {
    await pass(5);
    store.isFailing = false;
    await pass(1);
    const seqs = peer.received.map(({ seq }) => seq).filter((seq) => seq > 0);
    expect(seqs).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(errors()).to.have.length(1);
    expect(told).to.deep.equal(['failed: the disk has failed', 'recovered']);
  });
});
