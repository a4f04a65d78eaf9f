import { expect } from 'chai';
import { Heartbeat } from '../../src/core/heartbeat.js';
import { Timeouts } from '../../src/core/timeouts.js';
import { defaultLimits } from '../../src/protocol/limits.js';
import { ErrorCode } from '../../src/protocol/messages.js';
import type { Notice } from '../../src/core/notices.js';
import { ManualTime } from '../support/manual-time.js';

/** A session that may be gone, and what is said to it. */
class Scene {
  readonly clock = new ManualTime();
  readonly limits = { ...defaultLimits, silenceTimeoutMs: 20_000, pongTimeoutMs: 5000 };
  readonly timeouts = new Timeouts(this.clock, this.limits);
  isPaused = false;
  isFull = false;
  bytesSent = 0;
  readonly told: string[] = [];
  readonly heartbeat = new Heartbeat(this, this);

  constructor() {
    this.timeouts.watch(this.heartbeat);
  }

  tell({ control }: Notice): void {
    const nonce = control?.$case === 'ping' ? control.ping.nonce : NaN;
    this.told.push(`${this.clock.monotonicMs() / 1000} s: ping ${nonce}`);
  }

  close(code: ErrorCode): void {
    this.told.push(`${this.clock.monotonicMs() / 1000} s: ${ErrorCode[code]}`);
    this.timeouts.forget(this.heartbeat);
  }

  pass(seconds: number): void {
    this.clock.advance(seconds * 1000);
  }
}

describe('a heartbeat', () => {
  let scene: Scene;

  beforeEach(() => {
    scene = new Scene();
  });

  it('asks one that is silent, and gives it up when it does not answer', () => {
    scene.pass(60);
    expect(scene.told).to.deep.equal(['20 s: ping 1', '25 s: ERROR_CODE_SILENT']);
  });

  it('asks nobody who says something from time to time', () => {
    for (let count = 0; count < 10; count += 1) {
      scene.pass(19);
      scene.heartbeat.heard();
    }
    expect(scene.told).to.deep.equal([]);
  });

  it('goes on with one that answers', () => {
    for (let count = 1; count <= 3; count += 1) {
      scene.pass(21);
      scene.heartbeat.heard();
      scene.heartbeat.answered(count);
    }
    expect(scene.told.map((one) => one.split(': ')[1])).to.deep.equal([
      'ping 1',
      'ping 2',
      'ping 3',
    ]);
  });

  it('gives it time to get to the ping after what was sent before, ten kilobytes a second', () => {
    scene.bytesSent = 100 * 1024;
    scene.pass(60);
    expect(scene.told).to.deep.equal(['20 s: ping 1', '35 s: ERROR_CODE_SILENT']);
  });

  it('asks how far it is when much has been sent, also if it is not silent', () => {
    scene.bytesSent = 512 * 1024 + 1;
    scene.heartbeat.heard();
    scene.pass(1);
    expect(scene.told).to.deep.equal(['1 s: ping 1']);
    scene.heartbeat.answered(1);
    scene.heartbeat.heard();
    scene.pass(10);
    expect(scene.told).to.have.length(1);
  });

  it('hears nothing of one that is not read, or that has much waiting, and waits', () => {
    scene.isPaused = true;
    scene.pass(100);
    scene.isPaused = false;
    scene.isFull = true;
    scene.pass(100);
    expect(scene.told).to.deep.equal([]);
  });

  it('takes the answer to another ping for none', () => {
    scene.pass(20);
    scene.heartbeat.answered(7);
    scene.pass(5);
    expect(scene.told.at(-1)).to.equal('25 s: ERROR_CODE_SILENT');
  });
});
