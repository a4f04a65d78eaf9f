import { expect } from 'chai';
import { answerOf, ask, exchange, expectReadable, expectSecure } from '../support/http.js';
import { RawClient } from '../support/raw-client.js';
import { handshake } from '../support/raw-websocket.js';
import { ServerProcess } from '../support/server-process.js';

/** What stands in the first line of a request in the place of a path. */
const odd = [
  '//',
  '///',
  '//:',
  '//etc/passwd',
  '//evil.example/..',
  '//%',
  '//[',
  '//a:b@c:99999/',
  '/\\\\',
  '\\\\',
  '*',
  'http://',
  'http://[',
  'http://a:99999999/',
  'https://evil.example/healthz',
  'javascript:alert(1)',
  '?username=a',
  '#',
  '/#',
  '/?',
  '/??',
  '/ws?username=%',
  '/ws?username=%zz',
  '/ws?%=%',
];

/** A masked close without a code. */
const close = [0x88, 0x80, 0, 0, 0, 0];

describe('what stands in a request in the place of a path', () => {
  let server: ServerProcess;
  let alice: RawClient;

  before(async () => {
    server = await ServerProcess.start();
    alice = await RawClient.full(server.port, 'alice');
  });

  after(async () => {
    alice[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  for (const target of odd) {
    it(`may be anything: ${target} is answered, and the server lives on`, async () => {
      const get = `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
      const text = await exchange(server.httpPort, get);
      await alice.roundTrip();
      const answer = answerOf(text);
      expect(answer.status).to.be.oneOf([200, 400, 404, 426]);
      expect(answer.body).not.to.match(/root:/);
      expect(answer.headers.get('location')).to.equal(undefined);
      expectSecure(answer);
    });

    it(`may be anything for a WebSocket: ${target} is answered, and the server lives on`, async () => {
      const text = await exchange(server.httpPort, handshake(target), close);
      await alice.roundTrip();
      expect(text).to.match(/^HTTP\/1\.1 (?:101|400|404) /);
      if (!text.includes(' 101 ')) expectSecure(answerOf(text));
    });
  }

  for (const path of [
    '/../package.json',
    '/../../../../etc/passwd',
    '/..%2f..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..\\..\\package.json',
    '/....//....//etc/passwd',
    '/assets/../../package.json',
    '/assets/%2e%2e%2f%2e%2e%2fpackage.json',
    '/%00',
    '/healthz%00.html',
    '/%',
    '/%zz',
    '/%c0%ae%c0%ae/etc/passwd',
    'http://evil.example/etc/passwd',
    '/server.js',
    '/src/server.ts',
  ]) {
    it(`to ${path} reaches no file beside the page`, async () => {
      const answer = await ask(server.httpPort, path);
      expect(answer.status).to.be.oneOf([400, 404]);
      expect(answer.body).not.to.match(/root:|"name":|import /);
      expectSecure(answer);
    });
  }

  for (const path of ['//evil.example/healthz', '///healthz', '//healthz', '/\\\\a/healthz']) {
    it(`is taken literally: there is nothing at ${path}`, async () => {
      expect((await ask(server.httpPort, path)).status).to.equal(404);
      const upgrade = handshake(path.replace('healthz', 'echo'));
      expect(answerOf(await exchange(server.httpPort, upgrade, close)).status).to.equal(404);
    });
  }

  for (const target of ['*', '?username=a', 'healthz', 'http:/healthz', 'ftp://a/healthz']) {
    it(`is refused with 400 when it is no address: ${target}`, async () => {
      expect((await ask(server.httpPort, target)).status).to.equal(400);
      expect(answerOf(await exchange(server.httpPort, handshake(target))).status).to.equal(400);
    });
  }

  it('has at most 2,048 characters, for WebSockets as well', async () => {
    for (const path of ['/healthz', '/ws', '/echo']) {
      const longest = `${path}?`.padEnd(2048, 'x');
      const answer = await ask(server.httpPort, longest);
      expect(answer.status).to.equal(path === '/healthz' ? 200 : 426);
      expect((await ask(server.httpPort, `${longest}x`)).status).to.equal(414);
      const upgraded = await exchange(server.httpPort, handshake(longest), close);
      expect(upgraded).to.match(path === '/healthz' ? /^HTTP\/1\.1 404 / : /^HTTP\/1\.1 101 /);
      const refused = answerOf(await exchange(server.httpPort, handshake(`${longest}x`)));
      expect(refused.status).to.equal(414);
      expectReadable(refused);
      expectSecure(refused);
    }
  });

  it('is not redirected to another place by its path', async () => {
    for (const path of [
      '/\\evil.example',
      '/%5cevil.example',
      '/%2f/evil.example',
      '/%0d%0aX: y',
    ]) {
      const { status, headers } = await ask(server.httpPort, path);
      expect(status, path).to.be.oneOf([200, 400, 404]); // 200 is the page
      expect(headers.get('location')).to.equal(undefined);
      expect(headers.has('x')).to.equal(false);
    }
  });
});
