import { expect } from 'chai';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { TcpConnection } from '../../src/transports/tcp-connection.js';
import { openNode } from '../support/node.js';

const stallTimeoutMs = 200;

describe('TcpConnection', () => {
  let connection: TcpConnection;
  let socket: Socket;
  let peer: Socket;
  let close: () => void;

  beforeEach(async () => {
    const node = await openNode();
    const server = createServer({ allowHalfOpen: true, highWaterMark: 64 * 1024 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    peer = connect((server.address() as AddressInfo).port, '127.0.0.1');
    [socket] = (await once(server, 'connection')) as [Socket];
    connection = new TcpConnection(node, socket, stallTimeoutMs);
    close = () => {
      peer.destroy();
      socket.destroy();
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

  it('is cut when it is ended and its peer takes nothing, however little waits', async () => {
    peer.pause();
    fill(Buffer.alloc(1000));
    expect(connection.bytesWaiting).to.be.below(64 * 1024);
    connection.end();
    await once(socket, 'close');
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
