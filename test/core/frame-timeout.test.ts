import { expect } from 'chai';
import { FirstFrameTimeout } from '../../src/core/first-frame-timeout.js';
import { FrameTimeout } from '../../src/core/frame-timeout.js';
import { Timeouts } from '../../src/core/timeouts.js';
import { defaultLimits } from '../../src/protocol/limits.js';
import { ManualTime } from '../support/manual-time.js';

/** Time that passes, and what has taken too long. */
class Scene {
  readonly clock = new ManualTime();
  readonly limits = { ...defaultLimits, frameTimeoutMs: 10_000, firstFrameTimeoutMs: 30_000 };
  readonly timeouts = new Timeouts(this.clock, this.limits);
  isHeldBack = false;
  hasToSpeak = true;
  /** The times at which something took too long, in seconds. */
  readonly late: number[] = [];

  frameTookTooLong(): void {
    this.late.push(this.clock.monotonicMs() / 1000);
  }

  tookTooLong(): void {
    this.late.push(this.clock.monotonicMs() / 1000);
    this.hasToSpeak = false;
  }
}

describe('FrameTimeout', () => {
  let scene: Scene;
  let timeout: FrameTimeout;

  beforeEach(() => {
    scene = new Scene();
    timeout = new FrameTimeout(scene, scene);
  });

  it('is over when the frame does not arrive in time, however much of it does', () => {
    for (let second = 0; second < 9; second += 1) {
      timeout.waits();
      scene.clock.advance(1000);
    }
    expect(scene.late).to.deep.equal([]);
    scene.clock.advance(1000);
    expect(scene.late).to.deep.equal([10]);
  });

  it('begins anew with each frame', () => {
    for (let count = 0; count < 5; count += 1) {
      timeout.arrived();
      timeout.waits();
      scene.clock.advance(9000);
    }
    expect(scene.late).to.deep.equal([]);
    scene.clock.advance(1000);
    expect(scene.late).to.deep.equal([46]);
  });

  it('does not pass while the peer is held back', () => {
    timeout.waits();
    scene.clock.advance(9000);
    scene.isHeldBack = true;
    scene.clock.advance(60_000);
    scene.isHeldBack = false;
    scene.clock.advance(9000);
    expect(scene.late).to.deep.equal([]);
    scene.clock.advance(1000);
    expect(scene.late).to.deep.equal([79]);
  });

  it('leaves no timer when nothing is on its way', () => {
    timeout.waits();
    timeout.stop();
    scene.clock.advance(60_000);
    expect(scene.late).to.deep.equal([]);
    expect(scene.clock.pending).to.equal(0);
  });
});

describe('FirstFrameTimeout', () => {
  it('is over once, for somebody who says nothing', () => {
    const scene = new Scene();
    new FirstFrameTimeout(scene, scene);
    scene.clock.advance(29_000);
    expect(scene.late).to.deep.equal([]);
    scene.clock.advance(60_000);
    expect(scene.late).to.deep.equal([30]);
    expect(scene.clock.pending).to.equal(0);
  });

  it('is nothing for somebody who has spoken', () => {
    const scene = new Scene();
    new FirstFrameTimeout(scene, scene);
    scene.clock.advance(29_000);
    scene.hasToSpeak = false;
    scene.clock.advance(60_000);
    expect(scene.late).to.deep.equal([]);
    expect(scene.clock.pending).to.equal(0);
  });
});
