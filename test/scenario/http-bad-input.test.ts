import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import type { Part } from '../support/bytes.js';
import { answerOf, ask, exchange, expectReadable, expectSecure } from '../support/http.js';
import { whileAllChat } from '../support/websocket-scene.js';

const paths = ['/', '/healthz', '/readyz', '/metrics', '/ws', '/echo', '/nothing'];

// RFC 9110, 9.1 and 15.5.6: "The origin server MUST generate an Allow header field".
describe('a request of HTTP', () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND']) {
    it(
      `by ${method} is refused with 405, wherever`,
      whileAllChat(async ({ port }) => {
        for (const path of paths) {
          const answer = await ask(port, path, { method });
          expect(answer.status, path).to.equal(405);
          expect(answer.headers.get('allow')).to.match(/^GET, HEAD$|^HEAD, GET$/);
          expectReadable(answer);
          expectSecure(answer);
        }
      }),
    );
  }

  for (const target of ['evil.example:80', 'a:1', '/ws']) {
    it(
      `by CONNECT to ${target} is refused with 405, after what was asked before`,
      whileAllChat(async ({ port }) => {
        const request = `CONNECT ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
        const answer = answerOf(await exchange(port, request));
        expect(answer.status).to.equal(405);
        expect(answer.headers.get('allow')).to.equal('GET, HEAD');
        expectReadable(answer);
        expectSecure(answer);
        const text = await exchange(
          port,
          'GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n',
          request,
        );
        expect(statusesOf(text)).to.deep.equal([200, 405]);
      }),
    );
  }

  it(
    'by HEAD gets what GET gets, without a body',
    whileAllChat(async ({ port }) => {
      for (const path of paths) {
        const get = await ask(port, path);
        const head = await ask(port, path, { method: 'HEAD' });
        expect(head.status, path).to.equal(get.status);
        expect(head.headers.get('content-type')).to.equal(get.headers.get('content-type'));
        expectSecure(head);
      }
    }),
  );

  for (const [what, headers, body] of [
    ['a small body', { 'Content-Length': '5' }, 'hello'],
    ['a body of a megabyte', { 'Content-Length': '1000000' }, 'x'.repeat(1_000_000)],
    ['a body that is announced', { 'Content-Length': '99999999999' }, ''],
    ['a body in chunks', { 'Transfer-Encoding': 'chunked' }, '5\r\nhello\r\n0\r\n\r\n'],
    ['a body in chunks without end', { 'Transfer-Encoding': 'chunked' }, 'fffffff\r\nxx'],
  ] as const) {
    it(
      `with ${what} is refused with 413`,
      whileAllChat(async ({ port }) => {
        for (const path of ['/healthz', '/metrics', '/nothing']) {
          const answer = await ask(port, path, { headers, body });
          expect(answer.status, path).to.equal(413);
          expectReadable(answer);
          expectSecure(answer);
        }
      }),
    );
  }

  const fields = (count: number): string =>
    Array.from({ length: count }, (_, index) => `X-${index}: y\r\n`).join('');
  const get = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n';
  const upgrade =
    'GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';
  const oversized: readonly (readonly [what: string, head: string, statuses: readonly number[]])[] =
    [
      ['2,000 header fields', `${get}${fields(2000)}\r\n`, [431]],
      ['2,000 header fields, to be upgraded', `${upgrade}${fields(2000)}\r\n`, [431]],
      ['header fields without end', get + fields(50_000), [431]],
      ['a huge header field', `${get}X: ${'y'.repeat(100_000)}\r\n\r\n`, [431]],
      ['a header field with a huge name', `${get}${'y'.repeat(100_000)}: x\r\n\r\n`, [431]],
      ['a huge cookie, to be upgraded', `${upgrade}Cookie: ${'y'.repeat(100_000)}\r\n\r\n`, [431]],
      ['a huge URL', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, [414, 431]],
      ['a huge URL without end', `GET /ws?username=${'a'.repeat(1_000_000)}`, [414, 431]],
    ];
  for (const [what, head, statuses] of oversized) {
    it(
      `with ${what} is refused with ${statuses.join(' or ')}`,
      whileAllChat(async ({ port }) => {
        const answer = answerOf(await exchange(port, head));
        expect(answer.status).to.be.oneOf(statuses);
        expectReadable(answer);
        expectSecure(answer);
      }),
    );
  }

  for (const [what, ...parts] of [
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a method that there is not', 'SHOUT / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a version that there is not', 'GET / HTTP/7.0\r\nHost: localhost\r\n\r\n'],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n'],
    ...['a', 'b', ''].map((host): [string, Part] => [
      `two Hosts, the second of them "${host}"`,
      `GET /healthz HTTP/1.1\r\nHost: localhost\r\nhOST: ${host}\r\n\r\n`,
    ]),
    ...[
      'a b@/',
      'a@b',
      'a/b',
      'a:b',
      'a:1:2',
      '::1',
      '[::1',
      '[x]',
      'a?b',
      'a#',
      '<a>',
      '\xe4',
    ].map((host): [string, Part] => [
      `the Host "${host}"`,
      `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    ]),
    [
      'two lengths',
      'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    ],
    [
      'a length and chunks',
      'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a negative length', 'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n'],
    ['a header field without a name', 'GET / HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n'],
    ['a space before a colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'],
    ['a byte 0 in a header field', 'GET / HTTP/1.1\r\nHost: localhost\r\nX: \0\r\n\r\n'],
  ] as readonly [string, ...Part[]][]) {
    it(
      `that is none, but ${what}, is answered with a readable 400`,
      whileAllChat(async ({ port }) => {
        const answer = answerOf(await exchange(port, ...parts));
        expect(answer.status).to.be.oneOf(what.includes('version') ? [400, 505] : [400]);
        expectReadable(answer);
        expectSecure(answer);
      }),
    );
  }

  it(
    'may be for any Host that could be one',
    whileAllChat(async ({ port }) => {
      for (const Host of [
        '',
        'a',
        'a_b.example.:80',
        '127.0.0.1:',
        '[::1]',
        '[fe80::1%25eth0]:1',
      ]) {
        expect((await ask(port, '/healthz', { headers: { Host } })).status, Host).to.equal(200);
      }
      const old = await exchange(port, 'GET /healthz HTTP/1.0\r\n\r\n');
      expect(answerOf(old).status).to.equal(200);
    }),
  );

  it(
    'in TLS fails at once instead of hanging',
    whileAllChat(async ({ port }) => {
      const tls = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
      const [problem] = (await once(tls, 'error')) as [Error];
      expect(problem).to.be.instanceOf(Error);
    }),
  );

  it(
    'after another one in the same segment is answered in its turn',
    whileAllChat(async ({ port }) => {
      const request = (path: string, more = ''): string =>
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
      const text = await exchange(
        port,
        ...['/healthz', '/nothing', '/readyz', '/ws'].map((path) => request(path)),
        request('/healthz', 'Connection: close\r\n'),
      );
      const statuses = statusesOf(text);
      // A server may close earlier, after a refusal; then the rest is for another connection.
      expect(statuses).to.deep.equal([200, 404, 200, 426, 200].slice(0, statuses.length));
      expect(statuses.length).to.be.greaterThan(3);
      expect(text.match(/nosniff/g)).to.have.length(statuses.length);
    }),
  );

  // RFC 9112, 9.3.2: "A server [...] MUST send the corresponding responses in the same order".
  for (const [what, after] of [
    ['garbage', '\0\0\0\0\r\n\r\n'],
    ['a request after the last one', 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ] as const) {
    it(
      `keeps its answer though ${what} comes after it in the same segment`,
      whileAllChat(async ({ port }) => {
        const requests = ['/healthz', '/nothing', '/readyz'].map(
          (path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
        );
        const last = 'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
        const text = await exchange(port, ...requests, last, after);
        expect(statusesOf(text).slice(0, 4)).to.deep.equal([200, 404, 200, 426]);
      }),
    );
  }

  it(
    'comes a thousand times in one segment, and answers are not read: nobody is disturbed',
    whileAllChat(async ({ port, company }) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.pause();
      for (let count = 0; count < 20; count += 1) {
        socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(100));
        await company.roundTrip();
      }
      socket.destroy();
    }),
  );
});

function statusesOf(text: string): number[] {
  return [...text.matchAll(/^HTTP\/1\.1 (\d+) /gm)].map((match) => Number(match[1]));
}
