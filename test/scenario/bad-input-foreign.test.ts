import { expect } from 'chai';
import { connect as connectTls } from 'node:tls';
import { once } from 'node:events';
import { request } from 'node:http';
import { bytes, hex } from '../support/bytes.js';
import { whileOthersChat } from '../support/refusals.js';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];

const foreign: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ...methods.map(
    (method) =>
      [`HTTP ${method}`, bytes(`${method} / HTTP/1.1\r\nHost: localhost\r\n\r\n`)] as const,
  ),
  ['HTTP/1.0', bytes('GET / HTTP/1.0\r\n\r\n')],
  ['HTTP of WebDAV', bytes('PROPFIND / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ['a WebSocket’s HTTP', bytes('GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n')],
  ['the preface of HTTP/2', bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  ['HTTP with a long body', bytes('POST / HTTP/1.1\r\n\r\n', 'x'.repeat(500_000))],
  ['TLS 1.0', hex('16 03 01 02 00 01 00 01 fc 03 01')],
  ['SSL 3', hex('16 03 00 00 5a 01 00 00 56 03 00')],
  ['TLS 1.2', hex('16 03 03 00 5a 01 00 00 56 03 03')],
  ['SSH 2', bytes('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n')],
  ['SSH 1.99', bytes('SSH-1.99-old\r\n')],
];

/** What is not known for another protocol is an unfinished frame, after a shorter time. */
const options = { frameTimeoutMs: 1000, http: false };

// First bytes of a protocol that is not served there.
describe('another protocol', () => {
  for (const [name, beginning] of foreign) {
    it(
      `${name} gets one readable line, then the end`,
      whileOthersChat(async ({ server }) => {
        const client = await server.connect({ text: true });
        client.sendBytes(beginning);
        expectOneLine(await client.textUntilClosed());
      }, options),
    );
  }

  for (const [name, beginning] of foreign.filter((row) => row[1].length < 100)) {
    it(
      `${name} is known, too, when it comes one byte at a time`,
      whileOthersChat(async ({ server, bystanders }) => {
        const client = await server.connect({ text: true });
        for (const byte of beginning) {
          if (client.isClosed) break;
          client.sendBytes(bytes(byte));
          await bystanders.roundTrip();
        }
        expectOneLine(await client.textUntilClosed());
      }, options),
    );
  }

  it(
    'fails at once for its own programs instead of hanging',
    whileOthersChat(async ({ server }) => {
      const { port } = server;
      const tls = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
      const [problem] = (await once(tls, 'error')) as [Error];
      expect(problem).to.be.instanceOf(Error);
      const http = request({ port, host: '127.0.0.1', path: '/' });
      http.end();
      const outcome = await Promise.race([
        once(http, 'error').then(() => 'error'),
        once(http, 'response').then(() => 'response'),
      ]);
      expect(outcome).to.be.oneOf(['error', 'response']);
      http.destroy();
    }),
  );

  it(
    'gets nothing after its line, though others chat while it leaves its side open',
    whileOthersChat(async ({ server, bystanders }) => {
      const client = await server.connect({ text: true, allowHalfOpen: true });
      client.sendBytes(bytes('GET / HTTP/1.1\r\n\r\n'));
      await once(client.socket, 'data');
      for (let count = 0; count < 5; count += 1) await bystanders.chat();
      client.end();
      expectOneLine(await client.textUntilClosed());
    }),
  );

  it(
    'is only looked for at the beginning of a connection',
    whileOthersChat(async ({ server }) => {
      for (const client of [await server.bare(), await server.full('alice')]) {
        const mark = client.welcome === undefined ? '(echo)' : '';
        for (const content of ['GET / HTTP/1.1', 'SSH-2.0-x', '\u0016\u0003\u0001']) {
          client.echo(content);
          expect((await client.next()).content).to.equal(mark + content);
        }
      }
    }),
  );
});

/** One line for a person; HTTP programs may get it in the only form in which they show it. */
function expectOneLine(text: string): void {
  const head = /^HTTP\/1\.1 400 [A-Za-z ]+\r\n(?:[A-Za-z-]+: .*\r\n)+\r\n/;
  expect(text.replace(head, '')).to.match(/^[\x20-\x7e]{10,}\r?\n$/);
}
