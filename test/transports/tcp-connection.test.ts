import { expect } from 'chai';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setInterval } from 'node:timers/promises';
import { OpenSockets } from '../../src/transports/open-sockets.js';
import { SharedParts } from '../../src/transports/shared-parts.js';
import { accessOf, settingsFrom } from '../../src/config.js';
import { TcpConnection } from '../../src/transports/tcp-connection.js';
import { openNode } from '../support/node.js';

const mebibyte = 1024 * 1024;

const stallTimeoutMs = 1000;

/** How long a session that was given up may still take its goodbye. */
const lingerMs = 2000;

/** Timers are late on a busy machine. */
const latenessMs = 2000;

describe('TcpConnection', () => {
  let connection: TcpConnection;
  let peer: Socket;
  let isGone: boolean;
  let gone: Promise<void>;
  let close: () => void;

  beforeEach(async () => {
    let ended!: () => void;
    gone = new Promise((resolve) => (ended = resolve));
    isGone = false;
    const node = await openNode({
      observers: [
        {
          sessionClosed() {
            isGone = true;
            ended();
          },
        },
      ],
    });
    const server = createServer({ allowHalfOpen: true, highWaterMark: 64 * 1024 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    peer = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [socket] = (await once(server, 'connection')) as [Socket];
    const openSockets = new OpenSockets({ max: 10, lingeringMax: 1, onCrowded: () => {} });
    connection = new TcpConnection(
      node,
      socket,
      new SharedParts(stallTimeoutMs, node.memory, openSockets, accessOf(settingsFrom())),
    );
    close = () => {
      peer.destroy();
      connection.destroy();
      server.close();
    };
  });

  afterEach(() => {
    close();
  });

  /** Writes to a peer that does not read until the system takes no more. */
  function fill(bytes: Uint8Array): number {
    let written = 0;
    for (; connection.bytesWaiting === 0; written += bytes.length) connection.write(bytes);
    return written;
  }

  /** The peer reads so many bytes, or a few more. */
  async function take(bytes: number): Promise<void> {
    let taken = 0;
    while (taken < bytes) {
      peer.resume();
      const [chunk] = (await once(peer, 'data')) as [Buffer];
      taken += chunk.length;
    }
    peer.pause();
  }

  it('is cut when it is ended and its peer takes nothing, however little waits', async () => {
    peer.pause();
    fill(Buffer.alloc(1000));
    expect(connection.bytesWaiting).to.be.below(64 * 1024);
    connection.end();
    await gone;
  });

  it('is given up when its peer takes nothing, a timeout and at most a quarter later', async () => {
    peer.pause();
    const start = performance.now();
    connection.write(Buffer.alloc(32 * mebibyte));
    await gone;
    const afterMs = performance.now() - start - lingerMs;
    expect(afterMs).to.be.within(stallTimeoutMs, 1.25 * stallTimeoutMs + latenessMs);
  });

  it('stays while its peer takes less than the system tells of', async function () {
    if (process.platform !== 'linux') this.skip();
    peer.pause();
    connection.write(Buffer.alloc(32 * mebibyte));
    const waiting: number[] = [];
    // 320 KB per second, which comes in steps of 100 KB.
    for await (const _ of setInterval(stallTimeoutMs / 5)) {
      if (waiting.push(connection.bytesWaiting) > 5 * 5) break;
      await take(65_536);
    }
    // Over more than a timeout the system took nothing, and yet it stays.
    expect(waiting[7]).to.equal(waiting[0]);
    expect(connection.isEnding).to.equal(false);
    expect(isGone).to.equal(false);
  });

  it('sends all that was written before its end, large and small, in order', async () => {
    const chunks: Buffer[] = [];
    peer.on('data', (chunk: Buffer) => chunks.push(chunk));
    const sent = [1000, 300_000, 10, 2_000_000, 1, 70_000].map((size, index) =>
      Buffer.alloc(size, index + 1),
    );
    const accepted = sent.map((bytes) => connection.write(bytes));
    connection.end();
    expect(connection.write(Buffer.from('too late'))).to.equal(false);
    await once(peer, 'end');
    expect(Buffer.concat(chunks).equals(Buffer.concat(sent))).to.equal(true);
    expect(accepted[0]).to.equal(true);
  });
});
