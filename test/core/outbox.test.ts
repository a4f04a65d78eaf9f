import { expect } from 'chai';
import { MemoryBudget } from '../../src/core/memory.js';
import { Outbox } from '../../src/core/outbox.js';
import { ManualTime } from '../support/manual-time.js';

/** A connection of which a test says how much waits in it; and its outbox, of 1000 bytes. */
class Scene {
  readonly encoding = 'stream';
  bytesWaiting = 0;
  bytesWritten = 0;
  readonly memory = new MemoryBudget(10_000, new ManualTime());
  readonly outbox = new Outbox(this, 1000, this.memory);

  write(bytes: Uint8Array): boolean {
    this.bytesWritten += bytes.length;
    return this.bytesWaiting === 0;
  }
}

describe('Outbox', () => {
  const bytes = new Uint8Array(10);
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene();
  });

  it('takes what the connection takes, and as much more as may wait', () => {
    const { outbox } = scene;
    expect(outbox.write(bytes)).to.equal(true);
    expect(outbox.isWaiting).to.equal(false);
    scene.bytesWaiting = 1000;
    expect(outbox.write(bytes)).to.equal(true);
    expect([outbox.isWaiting, outbox.isFull]).to.deep.equal([true, false]);
    scene.bytesWaiting = 1001;
    expect(outbox.write(bytes)).to.equal(false);
    expect(outbox.isFull).to.equal(true);
    // What was given is sent all the same.
    expect(scene.bytesWritten).to.equal(30);
    expect(outbox.bytesSent).to.equal(30);
    outbox.drained();
    expect([outbox.isWaiting, outbox.isFull]).to.deep.equal([false, false]);
  });

  it('is full earlier while the memory for all is short', () => {
    scene.memory.hold(6250);
    scene.bytesWaiting = 501;
    expect(scene.outbox.write(bytes)).to.equal(false);
    scene.memory.release(6250);
    expect(scene.outbox.write(bytes)).to.equal(true);
  });

  it('tells a message in the encoding of the moment', () => {
    scene.outbox.tell({ content: 'hi' });
    expect(scene.bytesWritten).to.equal(5);
    scene.outbox.encoding = 'binary';
    scene.outbox.tell({ content: 'hi' });
    // A WebSocket frame has two bytes in front.
    expect(scene.bytesWritten).to.equal(5 + 7);
  });

  it('sends nothing once the connection is gone, when nothing waits any more', () => {
    scene.bytesWaiting = 2000;
    scene.outbox.write(bytes);
    scene.outbox.close();
    expect([scene.outbox.isWaiting, scene.outbox.isFull]).to.deep.equal([false, false]);
    expect(scene.outbox.write(bytes)).to.equal(false);
    expect(scene.bytesWritten).to.equal(10);
  });
});
