import { expect } from 'chai';
import { ConfigError, createServer } from '../../src/index.js';
import { answerOf, ask, exchange } from '../support/http.js';
import { handshake, handshakeHeaders } from '../support/raw-websocket.js';
import { TestServer } from '../support/server.js';

/** A masked close without a code. */
const close = [0x88, 0x80, 0, 0, 0, 0];

describe('allowOrigin', () => {
  it('takes origins however they are written', async () => {
    await using server = await TestServer.start({
      allowOrigin: [
        'https://Chat.Example, https://b.example/ ,https://c.example:443',
        'http://[::1]:5173\tchrome-extension://abcdef',
        'moz-extension://0f3a-17/',
      ].join(' '),
    });
    for (const Origin of [
      'https://chat.example',
      'https://b.example',
      'https://c.example',
      'http://[::1]:5173',
      'chrome-extension://abcdef',
      'moz-extension://0f3a-17',
    ]) {
      const text = await exchange(server.chat.httpPort!, handshake('/ws', { Origin }), close);
      expect(text, Origin).to.match(/^HTTP\/1\.1 101 /);
    }
    for (const Origin of ['https://d.example', 'null', 'chrome-extension://abcdefg', '*']) {
      const headers = { ...handshakeHeaders, Origin };
      expect((await ask(server.chat.httpPort!, '/ws', { headers })).status, Origin).to.equal(403);
    }
  });

  it('takes all of several values', async () => {
    const allowOrigin = 'http://a http://b';
    await using server = await TestServer.start({ allowOrigin });
    for (const [Origin, status] of [
      ['http://a', 101],
      ['http://b', 101],
      ['http://ab', 403],
    ] as const) {
      const text = await exchange(server.chat.httpPort!, handshake('/ws', { Origin }), close);
      expect(text, Origin).to.match(new RegExp(`^HTTP/1.1 ${status} `));
      if (status === 403) expect(answerOf(text).body).to.contain('origin');
    }
  });

  for (const none of [
    'chat.example',
    'chat.example:8080',
    'localhost:8080',
    'ws://chat.example',
    'wss://chat.example',
    'ftp://chat.example',
    'file:///home',
    'data:text/html',
    'https://*.chat.example',
    'https://*',
    '*.chat.example',
    'https://chat.example/page',
    'https://chat.example/?page',
    'https://chat.example#page',
    'https://alice@chat.example',
    'https://alice:secret@chat.example',
    'chrome-extension://',
    'chrome-extension://abcdef/page.html',
    'https://',
    'null',
  ]) {
    it(`is refused when it names what no page comes from: ${none}`, async () => {
      const allowOrigin = `https://fine.example,${none}`;
      const error = await createServer({ port: 0, allowOrigin }).then(
        () => expect.fail('it was expected to reject'),
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(ConfigError);
      expect((error as Error).message).to.contain(`${none} is not an origin`);
    });
  }
});
