import { expect } from 'chai';
import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import { tlsPackages } from '../../scripts/system-packages.js';
import { openingOf } from '../../src/transports/openings.js';
import { bytes, field, frame, hex } from '../support/bytes.js';
import { Authority } from '../support/certificates.js';
import { ask } from '../support/http.js';
import { whileOthersChat } from '../support/refusals.js';
import { need } from '../support/needs.js';
import { TestServer } from '../support/server.js';
import { Talker } from '../support/talker.js';

const upgrade =
  'Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

/** What may come first, and what answers it. */
const openings: readonly (readonly [name: string, first: Uint8Array, answer: RegExp])[] = [
  ['frames', frame(bytes(field(1, 'hello, it is me'))), /\(echo\)hello, it is me/],
  ['HTTP', bytes('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'), /^HTTP\/1\.1 200 [^]*ok\n$/],
  ['the page', bytes('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), /^HTTP\/1\.1 (200|404) /],
  ['HTTP of another method', bytes('PROPFIND / HTTP/1.1\r\nHost: localhost\r\n\r\n'), / 405 /],
  ['a WebSocket at /ws', bytes(`GET /ws HTTP/1.1\r\n${upgrade}`), /^HTTP\/1\.1 101 /],
  ['a WebSocket at the root', bytes(`GET / HTTP/1.1\r\n${upgrade}`), /^HTTP\/1\.1 101 /],
  ['a WebSocket at /echo', bytes(`GET /echo HTTP/1.1\r\n${upgrade}`), /^HTTP\/1\.1 101 /],
  ['SSH', bytes('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'), /^this port speaks tcp-chat, not SSH.*\n$/],
  [
    'TLS',
    hex('16 03 01 02 00 01 00 01 fc 03 01 00 00 00 00 00 00 00 00 00'),
    /^this port has no TLS\n$/,
  ],
  ['PROXY 1', bytes('PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n'), /^a PROXY header is only .*\n$/],
  [
    'PROXY 2',
    hex('0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a 20 00 00 00 00 00 00 00'),
    /^a PROXY header is only .*\n$/,
  ],
];

// DESIGN "One port for everything"; chat.proto, Ports and URLs.
describe('one port', () => {
  for (const [name, first, answer] of openings) {
    it(
      `takes ${name}, wherever its first bytes are cut`,
      whileOthersChat(async ({ server, bystanders }) => {
        for (let cut = 1; cut <= Math.min(20, first.length); cut += 1) {
          using talker = await Talker.connect(server.port);
          talker.say(first.subarray(0, cut));
          await bystanders.roundTrip();
          talker.say(first.subarray(cut));
          expect(await talker.hears(answer)).to.match(answer);
        }
      }),
    );

    it(
      `takes ${name} from a client that was silent until it counted as a listener`,
      whileOthersChat(async ({ server }) => {
        using talker = await Talker.connect(server.port);
        await server.sessions(3);
        talker.say(first);
        expect(await talker.hears(answer)).to.match(answer);
      }),
    );

    it(
      `takes ${name} a byte at a time`,
      whileOthersChat(async ({ server, bystanders }) => {
        using talker = await Talker.connect(server.port);
        for (const byte of first) {
          talker.say(Uint8Array.of(byte));
          await bystanders.roundTrip();
        }
        expect(await talker.hears(answer)).to.match(answer);
      }),
    );
  }

  for (const [name, first] of openings) {
    it(
      `ends with ${name} that is cut off after any of its first bytes`,
      whileOthersChat(async ({ server }) => {
        for (let cut = 1; cut <= Math.min(20, first.length); cut += 1) {
          using talker = await Talker.connect(server.port);
          talker.socket.end(first.subarray(0, cut));
          await talker.hears('the end');
          const gone = await Talker.connect(server.port);
          gone.socket.write(first.subarray(0, cut), () => gone.socket.resetAndDestroy());
        }
        await server.sessions(2);
      }),
    );
  }

  describe('with TLS, and behind a proxy', () => {
    let authority: Authority;
    let server: TestServer;

    before(async function () {
      need(this, tlsPackages);
      authority = new Authority();
      server = await TestServer.start({ ...authority.certify(), trustProxy: '127.0.0.1' });
    });

    after(async () => {
      await (server as TestServer | undefined)?.[Symbol.asyncDispose]();
      authority?.[Symbol.dispose]();
    });

    /** Who is at the door, before anything is said that belongs to a protocol. */
    async function arrive(ALPNProtocols?: string[]): Promise<Talker> {
      if (ALPNProtocols === undefined) {
        const talker = await Talker.connect(server.port);
        talker.say('PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n');
        return talker;
      }
      const { certificate: ca } = authority;
      const { port } = server;
      const options = { port, host: '127.0.0.1', servername: 'localhost', ca, ALPNProtocols };
      const socket = connectTls(options);
      await once(socket, 'secureConnect');
      return Talker.on(socket);
    }

    const isHttp = (name: string): boolean => /HTTP|the page|WebSocket/.test(name);
    for (const [what, alpn, refusesOthers] of [
      ['after a PROXY header', undefined, undefined],
      ['in TLS, with nothing agreed', [], undefined],
      ['in TLS for tcpchat', ['tcpchat'], undefined],
      ['in TLS for http/1.1', ['http/1.1'], /^HTTP\/1\.1 400 /],
    ] as const) {
      it(`answers whatever arrives ${what}`, async () => {
        for (const [name, first, answer] of openings) {
          // A handshake that begins here goes on for real elsewhere.
          const isHandshake = name === 'TLS' && alpn === undefined;
          if (isHandshake) continue;
          using talker = await arrive(alpn && [...alpn]);
          talker.say(first);
          const isProxy = name.startsWith('PROXY');
          const taken = isProxy ? /^a PROXY header comes first, and once\n$/ : answer;
          const expected = isHttp(name) || refusesOthers === undefined ? taken : refusesOthers;
          expect(await talker.hears(expected), name).to.match(expected);
        }
      });
    }
  });

  it('gives a client that never says anything all broadcasts since it connected', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    for (let round = 0; round < 5; round += 1) {
      using listener = await Talker.connect(server.port);
      // It has been accepted when somebody is answered who came after it.
      await ask(server.port, '/healthz');
      alice.broadcast(`one of ${round}`);
      alice.broadcast(`two of ${round}`);
      const heard = await listener.hears(new RegExp(`two of ${round}`));
      expect(heard).to.match(new RegExp(`^[^]*one of ${round}[^]*two of ${round}`));
      expect(heard).not.to.include(`of ${round - 1}`);
    }
  });

  it('gives them in order to one that speaks before it counts as a listener', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    using talker = await Talker.connect(server.port);
    await ask(server.port, '/healthz');
    alice.broadcast('first', { id: 'm1' });
    await alice.untilControl('ack');
    talker.say(frame(bytes(field(1, 'hi'))));
    const heard = await talker.hears(/first/);
    expect(heard).to.include('(broadcast)first');
  });

  it('tells one that has had broadcasts that it is too late for another protocol', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    using listener = await Talker.connect(server.port);
    alice.broadcast('hello');
    await listener.hears(/\(broadcast\)hello/);
    listener.say('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(await listener.hears('the end')).to.match(/HTTP\/1\.1 400 /);
  });

  it('gives what does not go on an end, and what is closed nothing', async () => {
    await using server = await TestServer.start({ frameTimeoutMs: 200 });
    for (const first of ['G', 'PRO', '\r\n\r']) {
      using talker = await Talker.connect(server.port);
      talker.say(first);
      expect(await talker.hears('the end')).to.match(/\(error\)/);
    }
    using talker = await Talker.connect(server.port);
    talker.say('GET /healthz HTT');
    expect(await talker.hears('the end')).to.match(/^HTTP\/1\.1 408 /);
    const silent = await Talker.connect(server.port);
    silent.socket.end();
    await once(silent.socket, 'close');
  });

  it('serves the same at the second port', async () => {
    await using server = await TestServer.start();
    for (const [, first, answer] of openings) {
      using talker = await Talker.connect(server.chat.httpPort!);
      talker.say(first);
      expect(await talker.hears(answer)).to.match(answer);
    }
  });

  it('takes nobody for a listener at the second port, where browsers keep connections in reserve', async () => {
    await using server = await TestServer.start({ frameTimeoutMs: 300 });
    using reserve = await Talker.connect(server.chat.httpPort!);
    using listener = await Talker.connect(server.port);
    await server.sessions(1);
    const alice = await server.full('alice');
    alice.broadcast('hello');
    await listener.hears(/\(broadcast\)hello/);
    // It ends like any that does not go on.
    expect(await reserve.hears('the end')).to.equal('');
    using other = await Talker.connect(server.chat.httpPort!);
    other.say('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await other.hears(/^HTTP\/1\.1 200 /);
  });

  it('keeps nothing of those who have come and gone', async () => {
    await using server = await TestServer.start();
    for (let round = 0; round < 3; round += 1) {
      for (const [, first, answer] of openings) {
        using talker = await Talker.connect(server.port);
        talker.say(first);
        await talker.hears(answer);
      }
    }
    await server.sessions(0);
  });
});

describe('100,000 random first bytes', () => {
  it('are told apart or are frames, always by the same number of bytes', () => {
    let state = 1;
    const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
    for (let round = 0; round < 100_000; round += 1) {
      const first = Uint8Array.from({ length: 12 }, () => next() >>> 24);
      const whole = openingOf(first);
      for (let length = 1; length <= 12; length += 1) {
        const sofar = openingOf(first.subarray(0, length));
        if (sofar === whole || (sofar === undefined && length < 12)) continue;
        expect(sofar, first.subarray(0, length).join(' ')).to.equal(whole);
      }
    }
  });
});
