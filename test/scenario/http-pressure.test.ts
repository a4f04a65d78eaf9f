import { expect } from 'chai';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { isBeforeFrameTimeout } from '../support/clock.js';
import { Measured } from '../support/metrics.js';
import { TestServer } from '../support/server.js';
import { opcodes, webSocketFrame } from '../support/websocket-frames.js';

/** What a person would write by hand, one request after another on one connection. */
class RawHttp implements Disposable {
  readonly socket: Socket;
  text = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (this.text += text));
    socket.on('error', () => {});
  }

  static async connect(port: number): Promise<RawHttp> {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    return new RawHttp(socket);
  }

  /** Sends it, and settles with all that came when the server has closed. */
  async untilClosed(request: string): Promise<string> {
    this.socket.write(request);
    if (!this.socket.closed) await once(this.socket, 'close');
    return this.text;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

function get(path: string, headers: readonly string[] = []): string {
  return [`GET ${path} HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join('\r\n');
}

function statusesIn(text: string): (string | undefined)[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
}

/** Whether the other side takes more, within a moment in which it would if it could. */
async function isDrained(socket: Socket): Promise<boolean> {
  return await once(socket, 'drain', { signal: AbortSignal.timeout(1000) }).then(
    () => true,
    () => false,
  );
}

/** Settles when the server has answered a request with 400. */
async function untilRefused(httpPort: number): Promise<void> {
  const refusals = async (): Promise<number> =>
    (await Measured.of(httpPort)).labelled('tcp_chat_http_refusals_total', 'status="400"');
  while ((await refusals()) === 0);
}

const close = 'Connection: close';
const upgrade = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

describe('an HTTP connection', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start({ frameTimeoutMs: 501 });
  });

  after(async () => {
    await server[Symbol.asyncDispose]();
  });

  /** The server answers, to somebody else. */
  const isWell = async (): Promise<void> => {
    const response = await fetch(`http://127.0.0.1:${server.chat.httpPort}/healthz`);
    expect(response.status).to.equal(200);
  };

  const asked = async (request: string): Promise<string> => {
    using client = await RawHttp.connect(server.chat.httpPort!);
    const text = await client.untilClosed(request);
    await isWell();
    return text;
  };

  for (const range of ['5-2', '0-99999999999999999999', '-9007199254740993', 'x', '0-0,5-6']) {
    it(`gets a file whole, whatever range it asks for: ${range}`, async () => {
      const text = await asked(get('/', [`Range: bytes=${range}`, close]));
      expect(text).to.match(/^HTTP\/1\.1 200 OK\r\n/);
      expect(text).to.contain('<title>tcp-chat</title>');
    });
  }

  it('with too many headers after another request is told so in its turn', async () => {
    const many = Array.from({ length: 120 }, (_, index) => `X-${index}: ${index}`);
    const text = await asked(get('/readyz') + get('/healthz', many));
    expect(statusesIn(text)).to.deep.equal(['200', '431']);
    expect(text).to.match(/Content-Security-Policy[^]*Content-Security-Policy/);
  });

  it('that does not wait for answers is closed', async () => {
    const text = await asked(get('/readyz').repeat(500));
    expect(text.split('HTTP/1.1 200').length - 1).to.be.at.most(16);
  });

  it('that does not wait for answers makes no noise in the log', async () => {
    const warnings: string[] = [];
    const onWarning = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', onWarning);
    try {
      for (const path of ['/readyz', '/healthz', '/metrics', '/']) {
        for (const count of [40, 500]) await asked(get(path).repeat(count));
      }
    } finally {
      process.off('warning', onWarning);
    }
    expect(warnings).to.deep.equal([]);
  });

  for (const path of ['/readyz', '/healthz', '/', '/metrics']) {
    it(`that upgrades before ${path} was answered gets that answer, and no upgrade`, async () => {
      const text = await asked(get(path) + get('/ws', upgrade));
      expect(statusesIn(text)).to.deep.equal(['200', '400']);
      expect(text).to.match(/HTTP\/1\.1 400 [^]*\r\n\r\nan upgrade is only possible when .*\n$/);
    });
  }

  it('that expects something after another request is told so in its turn, and no more', async () => {
    const expecting = get('/healthz', ['Expect: the unexpected']);
    const text = await asked(get('/readyz') + expecting + get('/ws', upgrade));
    expect(statusesIn(text)).to.deep.equal(['200', '417']);
    expect(statusesIn(await asked(expecting.repeat(500)))).to.deep.equal(['417']);
  });

  it('that upgrades before it was answered, and is reset, disturbs nobody', async () => {
    for (let count = 0; count < 20; count += 1) {
      using client = await RawHttp.connect(server.chat.httpPort!);
      client.socket.write(get('/').repeat(10) + get('/ws', upgrade));
      if (count % 2 === 0) await once(client.socket, 'data');
      client.socket.resetAndDestroy();
      await isWell();
    }
  });

  it('that becomes garbage before it was answered gets both answers, in their order', async () => {
    const text = await asked(`${get('/readyz')}no request at all\r\n\r\n`);
    expect(text).to.match(/^HTTP\/1\.1 200 [^]*\r\nready\nHTTP\/1\.1 400 /);
  });

  it('that offers another protocol gets its answer in this one', async () => {
    const offer = [
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABk',
    ];
    const text = await asked(get('/healthz', offer));
    expect(text).to.match(/^HTTP\/1\.1 200 OK\r\n[^]*\r\nok\n$/);
  });

  it('gets an address that has a host in it, as a proxy would ask', async () => {
    expect(await asked(get('http://elsewhere/healthz', [close]))).to.match(/^HTTP\/1\.1 200 /);
  });

  it('that does not read why its upgrade was refused does not hold up the end', async () => {
    const other = await TestServer.start();
    const refused = upgrade.with(3, 'Sec-WebSocket-Key: x');
    using late = await RawHttp.connect(other.chat.httpPort!);
    late.socket.pause();
    late.socket.write(get('/ws', refused));
    await untilRefused(other.chat.httpPort!);
    // It would be cut after 2 seconds otherwise.
    expect(await isBeforeFrameTimeout(other.chat.close(), 1000)).to.equal(true);
  });

  it('to /echo that reads nothing does not hold up the end either', async () => {
    const other = await TestServer.start({ drainTimeoutMs: 300, rateLimit: 0 });
    using client = await RawHttp.connect(other.chat.httpPort!);
    client.socket.write(get('/echo', upgrade));
    await once(client.socket, 'data');
    client.socket.pause();
    const message = webSocketFrame({ opcode: opcodes.binary, payload: new Uint8Array(60_000) });
    // Until the server takes no more, as it cannot get rid of what it has.
    while (client.socket.write(message) || (await isDrained(client.socket)));
    expect(await isBeforeFrameTimeout(other.chat.close(), 2500)).to.equal(true);
  });

  it('gets the page compressed as it can read it, and only once', async () => {
    const url = `http://127.0.0.1:${server.chat.httpPort}/`;
    const etags = new Set<string>();
    for (const [accepted, encoding] of [
      ['gzip, deflate, br', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0, GZIP', 'gzip'],
      ['identity', null],
    ] as const) {
      const response = await fetch(url, { headers: { 'accept-encoding': accepted } });
      expect(response.headers.get('content-encoding'), accepted).to.equal(encoding);
      expect(await response.text()).to.contain('<div id="page"></div>');
      const etag = response.headers.get('etag')!;
      etags.add(etag);
      for (const [tags, status] of [
        [etag, 304],
        [`W/${etag}`, 304],
        [`"other", ${etag}`, 304],
        [`W/"a, b" ,W/${etag},"c"`, 304],
        ['*', 304],
        ['"other", W/"another"', 200],
        ['"*"', 200],
        [etag.replaceAll('"', ''), 200],
        ['', 200],
      ] as const) {
        const again = await fetch(url, {
          headers: { 'accept-encoding': accepted, 'if-none-match': tags },
        });
        expect(again.status, tags).to.equal(status);
        expect(again.headers.get('etag')).to.equal(etag);
        expect((await again.text()) === '').to.equal(status === 304);
      }
    }
    // One for each encoding: they are different bytes.
    expect(etags.size).to.equal(3);
  });
});
