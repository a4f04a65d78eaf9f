import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { answerOf, ask, exchange, expectReadable, expectSecure } from '../support/http.js';
import { handshake, handshakeHeaders, RawWebSocket } from '../support/raw-websocket.js';
import { TestServer } from '../support/server.js';
import { opcodes, webSocketFrame } from '../support/websocket-frames.js';
import { whileAllChat } from '../support/websocket-scene.js';

const foreign = [
  'http://evil.example',
  'https://evil.example',
  'http://127.0.0.1.evil.example',
  'http://evil.example/127.0.0.1',
  'http://127.0.0.1:1',
  'http://localhost',
  'file://',
  'null',
  'nonsense',
];

// README, --allow-origin: "other origins whose pages may open WebSockets".
describe('the Origin of a WebSocket', () => {
  for (const origin of foreign) {
    it(
      `is refused with 403 when it is ${origin}`,
      whileAllChat(async ({ port }) => {
        for (const path of ['/ws', '/echo']) {
          const headers = { ...handshakeHeaders, Origin: origin };
          const answer = await ask(port, path, { headers });
          expect(answer.status).to.equal(403);
          expectReadable(answer);
          expectSecure(answer);
        }
      }),
    );
  }

  it('may be that of the page that the server serves, or none at all', async () => {
    await using server = await TestServer.start({ publicUrl: 'http://chat.example' });
    const port = server.chat.httpPort!;
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, 'chat.example']) {
      using client = await RawWebSocket.open(port, {
        headers: { Host: host, Origin: `http://${host}` },
      });
      client.text('hi');
      expect(await client.nextText()).to.equal('hi');
    }
    using program = await RawWebSocket.open(port);
    program.text('hi');
    expect(await program.nextText()).to.equal('hi');
  });

  it('may be one that is allowed, and no other', async () => {
    const allowOrigin = 'https://chat.example,http://localhost:5173';
    await using server = await TestServer.start({ allowOrigin });
    const port = server.chat.httpPort!;
    for (const origin of ['https://chat.example', 'http://localhost:5173', 'http://127.0.0.1']) {
      using client = await RawWebSocket.open(port, { headers: { Origin: origin } });
      client.text('hi');
      expect(await client.nextText()).to.equal('hi');
    }
    for (const origin of [...foreign, 'http://chat.example', 'https://chat.example:444']) {
      const answer = await ask(port, '/ws', { headers: { ...handshakeHeaders, Origin: origin } });
      expect(answer.status, origin).to.equal(403);
    }
  });

  it('may be any where all are allowed', async () => {
    await using server = await TestServer.start({ allowOrigin: '*' });
    for (const origin of foreign) {
      using client = await RawWebSocket.open(server.chat.httpPort!, {
        headers: { Origin: origin },
      });
      client.text('hi');
      expect(await client.nextText()).to.equal('hi');
    }
  });
});

/** Handshakes that are none (RFC 6455, section 4.2.1), and what they may be answered. */
const broken: readonly (readonly [what: string, head: string, statuses: readonly number[]])[] = [
  ['without a key', handshake('/ws', { 'Sec-WebSocket-Key': undefined }), [400]],
  ['with an empty key', handshake('/ws', { 'Sec-WebSocket-Key': '' }), [400]],
  [
    'with a key of 15 bytes',
    handshake('/ws', { 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAA' }),
    [400],
  ],
  [
    'with a key that is not base64',
    handshake('/ws', { 'Sec-WebSocket-Key': '?'.repeat(24) }),
    [400],
  ],
  ['without a version', handshake('/ws', { 'Sec-WebSocket-Version': undefined }), [400, 426]],
  ['with version 12', handshake('/ws', { 'Sec-WebSocket-Version': '12' }), [400, 426]],
  ['with version 14', handshake('/ws', { 'Sec-WebSocket-Version': '14' }), [400, 426]],
  [
    'with a version that is no number',
    handshake('/ws', { 'Sec-WebSocket-Version': 'x' }),
    [400, 426],
  ],
  ['by POST', handshake('/ws', {}, 'POST /ws HTTP/1.1'), [400, 405]],
  ['by HEAD', handshake('/ws', {}, 'HEAD /ws HTTP/1.1'), [400, 405, 426]],
  ['in HTTP/1.0', handshake('/ws', {}, 'GET /ws HTTP/1.0'), [400, 426, 505]],
  ['without Connection: Upgrade', handshake('/ws', { Connection: 'close' }), [400, 426]],
  ['without Upgrade', handshake('/ws', { Upgrade: undefined, Connection: 'close' }), [400, 426]],
  ['to HTTP/2', handshake('/ws', { Upgrade: 'h2c', Connection: 'Upgrade, close' }), [400, 426]],
  ['without Host', handshake('/ws', { Host: undefined }), [400]],
  ['with two Hosts', handshake('/ws', { host: 'b' }), [400]],
  ['with a Host that is none', handshake('/ws', { Host: 'a b@/' }), [400]],
];

describe('a handshake of WebSocket that is none', () => {
  for (const [what, head, statuses] of broken) {
    it(
      `is answered in words, and not agreed to: ${what}`,
      whileAllChat(async ({ port }) => {
        const method = head.slice(0, head.indexOf(' '));
        for (const text of [head, head.replace('/ws', '/echo')]) {
          const answer = answerOf(await exchange(port, text), method);
          expect(answer.status).to.be.oneOf(statuses);
          expectSecure(answer);
          if (method !== 'HEAD') expectReadable(answer);
          // RFC 6455, 4.4 and RFC 9110, 15.5.22 and 15.5.6.
          if (what.includes('version')) {
            expect(answer.headers.get('sec-websocket-version')).to.match(/\b13\b/);
          }
          if (answer.status === 426) expect(answer.headers.get('upgrade')).to.equal('websocket');
          if (answer.status === 405) expect(answer.headers.get('allow')).to.match(/\bGET\b/);
        }
      }),
    );
  }

  it(
    'is not one whose header fields are spelled otherwise, or that asks for compression',
    whileAllChat(async ({ port }) => {
      using client = await RawWebSocket.open(port, {
        path: '/echo',
        headers: {
          Upgrade: 'WebSocket',
          Connection: 'keep-alive, upgrade',
          'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
        },
      });
      client.text('hi');
      expect(await client.nextText()).to.equal('hi');
    }),
  );

  it(
    'is not one with the first frames right after it',
    whileAllChat(async ({ port }) => {
      const frame = webSocketFrame({ opcode: opcodes.text, payload: 'at once' });
      const bye = webSocketFrame({ opcode: opcodes.close, payload: [3, 232] });
      const received = await exchange(port, handshake('/echo'), frame, bye);
      expect(received).to.match(/^HTTP\/1\.1 101 /);
      expect(received.slice(received.indexOf('\r\n\r\n') + 4)).to.equal(
        '\u0081\u0007at once\u0088\u0002\u0003\u00e8',
      );
    }),
  );
});

const hasty = { frameTimeoutMs: 300, firstFrameTimeoutMs: 300 };

// A request that was begun and is not finished takes a place as long as it may.
describe('an upgrade that never finishes', () => {
  for (const [where, part] of [
    ['in the first line', 'GET /ws HT'],
    ['after the first line', 'GET /ws HTTP/1.1\r\n'],
    ['in a header field', 'GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgr'],
    ['before the empty line', handshake('/ws').slice(0, -2)],
  ] as const) {
    it(
      `is closed in time: it stops ${where}`,
      whileAllChat(async ({ port }) => {
        const received = await exchange(port, part);
        if (received !== '') {
          const answer = answerOf(received);
          expect(answer.status).to.equal(408);
          expectSecure(answer);
        }
      }, hasty),
    );
  }

  it(
    'is closed in time though a byte comes now and then',
    whileAllChat(
      async ({ port, company }) => {
        const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
        await once(socket, 'connect');
        let isOver = false;
        socket.on('data', () => {});
        for (const event of ['end', 'close', 'error']) socket.on(event, () => (isOver = true));
        socket.write('GET /ws HTTP/1.1\r\nX: ');
        for (let sent = 0; sent < 10_000 && !isOver; sent += 1) {
          socket.write('x');
          await company.roundTrip();
        }
        expect(isOver).to.equal(true);
        socket.destroy();
      },
      { ...hasty, rateLimit: 0 },
    ),
  );
});
