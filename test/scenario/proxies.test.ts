import { expect } from 'chai';
import type { Logger, ServerOptions } from '../../src/index.js';
import { Door } from '../../src/transports/door.js';
import { AddressRanges } from '../../src/transports/address-ranges.js';
import { bytes, field, frame, hex } from '../support/bytes.js';
import { TestServer } from '../support/server.js';
import { Talker } from '../support/talker.js';

const echo = frame(bytes(field(1, 'hi')));
const trusting = { trustProxy: '127.0.0.1' } as const;

/** The client 192.0.2.7, port 56324, as a proxy names it. */
const headers: readonly (readonly [name: string, header: Uint8Array])[] = [
  ['version 1', bytes('PROXY TCP4 192.0.2.7 198.51.100.1 56324 4444\r\n')],
  [
    'version 2',
    hex('0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a 21 11 00 0c c0 00 02 07 c6 33 64 01 dc 04 11 5c'),
  ],
];

/** A server, and the addresses of the sessions that it has opened. */
async function startLogging(options: ServerOptions): Promise<[TestServer, string[]]> {
  const addresses: string[] = [];
  const logger: Logger = {
    info(fields, text) {
      const { address, port } = fields as { address?: string; port?: number };
      if (text === 'session opened') addresses.push(`${address} ${port}`);
    },
    warn: () => {},
    error: () => {},
  };
  return [await TestServer.start({ ...options, logger }), addresses];
}

function get(path: string, ...lines: readonly string[]): string {
  return [`GET ${path} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join('\r\n');
}

const upgrade = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

describe('the PROXY protocol', () => {
  for (const [name, header] of headers) {
    it(`of ${name} names the client of a session, wherever the header is cut`, async () => {
      const [started, addresses] = await startLogging(trusting);
      await using server = started;
      const all = bytes(header, echo);
      for (let cut = 1; cut < all.length; cut += 1) {
        using talker = await Talker.connect(server.port);
        talker.say(all.subarray(0, cut));
        using other = await Talker.connect(server.port);
        other.say(bytes(header, echo));
        await other.hears(/\(echo\)hi/);
        talker.say(all.subarray(cut));
        await talker.hears(/\(echo\)hi/);
      }
      expect(new Set(addresses)).to.deep.equal(new Set(['192.0.2.7 56324']));
    });

    it(`of ${name} names the client of a WebSocket and of a listener`, async () => {
      const [started, addresses] = await startLogging(trusting);
      await using server = started;
      using webSocket = await Talker.connect(server.port);
      webSocket.say(bytes(header, get('/ws', ...upgrade)));
      await webSocket.hears(/^HTTP\/1\.1 101 /);
      using listener = await Talker.connect(server.port);
      listener.say(header);
      await server.sessions(2);
      expect(addresses).to.deep.equal(['192.0.2.7 56324', '192.0.2.7 56324']);
    });

    it(`of ${name} is refused from anybody else, and a second time`, async () => {
      await using stranger = await TestServer.start({ trustProxy: '192.0.2.0/24' });
      await using server = await TestServer.start(trusting);
      using one = await Talker.connect(stranger.port);
      one.say(bytes(header, echo));
      expect(await one.hears('the end')).to.match(/^a PROXY header is only taken from.*\n$/);
      using two = await Talker.connect(server.port);
      two.say(bytes(header, header, echo));
      expect(await two.hears('the end')).to.match(/^a PROXY header comes first, and once\n$/);
    });
  }

  it('may come late, as long as nothing was said on the connection', async () => {
    const [started, addresses] = await startLogging(trusting);
    await using server = started;
    using late = await Talker.connect(server.port);
    await server.sessions(1);
    late.say(bytes(headers[0]![1], echo));
    await late.hears(/\(echo\)hi/);
    expect(addresses.at(-1)).to.equal('192.0.2.7 56324');
  });

  it('has its time from its first byte on, however slowly it comes', async () => {
    await using server = await TestServer.start({ ...trusting, frameTimeoutMs: 300 });
    using slow = await Talker.connect(server.port);
    const rest = [...headers[0]![1]];
    slow.say(Uint8Array.from(rest.splice(0, 'PROXY TCP4'.length)));
    const dripping = setInterval(() => slow.say(Uint8Array.of(rest.shift()!)), 100);
    try {
      expect(await slow.hears('the end')).to.match(/the PROXY header has no end/);
    } finally {
      clearInterval(dripping);
    }
    expect(rest).to.have.length.greaterThan(20);
  });

  it('is not needed: a trusted proxy may come for itself', async () => {
    const [started, addresses] = await startLogging(trusting);
    await using server = started;
    using talker = await Talker.connect(server.port);
    talker.say(echo);
    await talker.hears(/\(echo\)hi/);
    expect(addresses).to.have.length(1);
    expect(addresses[0]).to.match(/^127\.0\.0\.1 /);
  });

  it('is answered with a line when it is broken', async () => {
    await using server = await TestServer.start(trusting);
    for (const broken of ['PROXY TCP4 192.0.2.7\r\n', `PROXY ${'x'.repeat(200)}`]) {
      using talker = await Talker.connect(server.port);
      talker.say(broken);
      expect(await talker.hears('the end')).to.match(/^the PROXY line .*\n$/);
    }
  });
});

describe('headers that name a client', () => {
  const forwarded = 'X-Forwarded-For: 6.6.6.6, 192.0.2.7';

  it('count from a trusted proxy, for limits and logs', async () => {
    const [started, addresses] = await startLogging(trusting);
    await using server = started;
    using talker = await Talker.connect(server.port);
    talker.say(get('/ws', forwarded, ...upgrade));
    await talker.hears(/^HTTP\/1\.1 101 /);
    expect(addresses).to.deep.equal(['192.0.2.7 0']);
  });

  it('mean nothing from anybody else', async () => {
    const [started, addresses] = await startLogging({});
    await using server = started;
    using talker = await Talker.connect(server.port);
    talker.say(get('/ws', forwarded, ...upgrade));
    await talker.hears(/^HTTP\/1\.1 101 /);
    expect(addresses[0]).to.match(/^127\.0\.0\.1 /);
  });

  it('keep others from what operators ask', async () => {
    await using server = await TestServer.start(trusting);
    await using open = await TestServer.start({ ...trusting, publicMetrics: true });
    for (const [{ port }, status] of [
      [server, 403],
      [open, 200],
    ] as const) {
      for (const path of ['/metrics', '/readyz']) {
        using talker = await Talker.connect(port);
        talker.say(get(path, forwarded, 'Connection: close'));
        expect(await talker.hears('the end')).to.match(new RegExp(`^HTTP/1\\.1 ${status} `));
        using own = await Talker.connect(port);
        own.say(get(path, 'Connection: close'));
        expect(await own.hears('the end')).to.match(/^HTTP\/1\.1 200 /);
      }
      using talker = await Talker.connect(port);
      talker.say(get('/healthz', forwarded, 'Connection: close'));
      expect(await talker.hears('the end')).to.match(/^HTTP\/1\.1 200 /);
    }
  });
});

describe('the names of a server', () => {
  async function statusOf(port: number, request: string): Promise<string> {
    using talker = await Talker.connect(port);
    talker.say(request);
    return (await talker.hears(/^HTTP\/1\.1 \d+ /)).slice(9, 12);
  }

  const asked = (path: string, host: string, ...lines: readonly string[]): string =>
    [`GET ${path} HTTP/1.1`, `Host: ${host}`, ...lines, '', ''].join('\r\n');

  it('are localhost, addresses and its public URLs: a page cannot use a name of its own', async () => {
    await using server = await TestServer.start({ publicUrl: 'https://chat.example' });
    const { port } = server;
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, '[::1]', 'chat.example']) {
      expect(await statusOf(port, asked('/', host)), host).not.to.equal('421');
      expect(await statusOf(port, asked('/ws', host, ...upgrade)), host).to.equal('101');
    }
    for (const host of ['evil.example', `evil.example:${port}`, 'chat.example.evil.example']) {
      expect(await statusOf(port, asked('/', host)), host).to.equal('421');
      expect(await statusOf(port, asked('/ws', host, ...upgrade)), host).to.equal('421');
      expect(await statusOf(port, asked('/healthz', host)), host).to.equal('200');
    }
  });

  it('allow the pages of its public URLs, whatever a proxy makes of Host', async () => {
    await using server = await TestServer.start({ publicUrl: 'https://chat.example' });
    const ask = async (origin: string): Promise<string> =>
      statusOf(server.port, asked('/ws', '127.0.0.1', `Origin: ${origin}`, ...upgrade));
    expect(await ask('https://chat.example')).to.equal('101');
    expect(await ask('http://chat.example')).to.equal('403');
    expect(await ask('https://evil.example')).to.equal('403');
  });

  it('change with a reload, and a mistake changes nothing', async () => {
    await using server = await TestServer.start({ publicUrl: 'https://chat.example' });
    const { port } = server;
    expect(server.chat.reload({ publicUrl: 'https://other.example', memory: 999 })).to.deep.equal([
      'memory',
    ]);
    expect(await statusOf(port, asked('/', 'other.example'))).not.to.equal('421');
    expect(await statusOf(port, asked('/', 'chat.example'))).to.equal('421');
    expect(() => server.chat.reload({ publicUrl: 'nonsense' })).to.throw(Error, 'publicUrl');
    // What was not given stays as it is by now.
    expect(server.chat.reload({ publicMetrics: true })).to.deep.equal([]);
    expect(await statusOf(port, asked('/', 'other.example'))).not.to.equal('421');
  });
});

describe('who comes without TLS to a server that has it', () => {
  it('is this machine, or a trusted proxy, unless that is allowed', () => {
    const proxies = new AddressRanges(['192.0.2.1']);
    const may = (mayBePlain: boolean, remoteAddress: string, isSecure = false): boolean => {
      const access = { mayBePlain, proxies };
      const shared = { openSockets: { hasRoom: true } };
      const parts = { access, shared } as unknown;
      const door = new Door(parts as ConstructorParameters<typeof Door>[0]);
      return door.mayEnter({ remoteAddress }, isSecure);
    };
    expect(may(false, '198.51.100.1')).to.equal(false);
    expect(may(false, '198.51.100.1', true)).to.equal(true);
    expect(may(true, '198.51.100.1')).to.equal(true);
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '192.0.2.1']) {
      expect(may(false, address), address).to.equal(true);
    }
  });
});
