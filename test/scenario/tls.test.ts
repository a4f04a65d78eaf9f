import { expect } from 'chai';
import { once } from 'node:events';
import { get } from 'node:https';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { tlsPackages } from '../../scripts/system-packages.js';
import { connect, ConnectionError, type ServerOptions } from '../../src/index.js';
import { bytes, field, frame } from '../support/bytes.js';
import { ask } from '../support/http.js';
import { Authority } from '../support/certificates.js';
import { need } from '../support/needs.js';
import { ownAddress } from '../support/own-address.js';
import { TestServer } from '../support/server.js';
import { Talker } from '../support/talker.js';

const echo = frame(bytes(field(1, 'hi')));
const health = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

describe('TLS', () => {
  let authority: Authority;

  before(function () {
    need(this, tlsPackages);
    authority = new Authority();
  });

  after(() => authority?.[Symbol.dispose]());

  async function start(options: ServerOptions = authority.certify()): Promise<TestServer> {
    return await TestServer.start(options);
  }

  /** A connection after its handshake. */
  async function secure(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
    const { certificate: ca } = authority;
    const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca, ...options });
    await once(socket, 'secureConnect');
    return socket;
  }

  it('has everything inside that there is outside, whatever is agreed to be spoken', async () => {
    await using server = await start();
    for (const port of [server.port, server.chat.httpPort!]) {
      for (const ALPNProtocols of [[], ['tcpchat'], ['tcpchat', 'http/1.1']]) {
        using frames = Talker.on(await secure(port, { ALPNProtocols }));
        if (ALPNProtocols.length === 2) continue;
        frames.say(echo);
        expect(await frames.hears(/\(echo\)hi/)).to.include('(echo)hi');
      }
      for (const ALPNProtocols of [[], ['http/1.1'], ['h2', 'http/1.1']]) {
        using http = Talker.on(await secure(port, { ALPNProtocols }));
        http.say(health);
        expect(await http.hears('the end')).to.match(/^HTTP\/1\.1 200 [^]*ok\n$/);
      }
    }
  });

  it('serves a program’s HTTPS, and this library over tls:, wss: and https:', async () => {
    await using server = await start();
    const { certificate: ca } = authority;
    const [response] = await once(
      get({ port: server.port, host: 'localhost', path: '/healthz', ca }),
      'response',
    );
    expect(response.statusCode).to.equal(200);
    response.resume();
    const listener = await connect(`tcp://127.0.0.1:${server.port}`, { name: 'listener' });
    for (const scheme of ['tls', 'wss', 'https']) {
      const client = await connect(`${scheme}://localhost:${server.port}`, { ca, name: scheme });
      const heard = new Promise<string>((resolve) => {
        listener.on('message', ({ content }) => resolve(content));
      });
      await client.send(`over ${scheme}`);
      expect(await heard).to.equal(`over ${scheme}`);
      await client.close();
    }
    await listener.close();
  });

  it('gives a silent listener inside of it its broadcasts', async () => {
    await using server = await start();
    const alice = await server.full('alice');
    for (const ALPNProtocols of [[], ['tcpchat']]) {
      using listener = Talker.on(await secure(server.port, { ALPNProtocols }));
      await ask(server.port, '/healthz');
      alice.broadcast('for listeners');
      expect(await listener.hears(/for listeners/)).to.include('(broadcast)for listeners');
    }
  });

  it('says in one sentence what is wrong with the other side', async () => {
    const { certificate: ca } = authority;
    await using plain = await TestServer.start();
    const cases = [
      [authority.certify(undefined, -1), ca, 'its certificate has expired'],
      [authority.certify('DNS:other.example'), ca, 'its certificate is for another name'],
      [authority.certify(), undefined, 'its certificate is of an authority that is not known here'],
      [
        authority.selfSigned(),
        ca,
        'its certificate is signed by itself; to trust it, give it as the authority',
      ],
    ] as const;
    for (const [files, trusted, sentence] of cases) {
      await using server = await start(files);
      for (const scheme of ['tls', 'wss']) {
        const problem = await refusalOf(`${scheme}://localhost:${server.port}`, trusted);
        expect(problem.message).to.equal(`cannot connect to localhost:${server.port}: ${sentence}`);
      }
    }
    for (const scheme of ['tls', 'wss']) {
      const problem = await refusalOf(`${scheme}://localhost:${plain.port}`, ca);
      expect(problem.message).to.match(/^cannot connect to localhost:\d+: it does not speak TLS/);
    }
  });

  async function refusalOf(url: string, ca: string | undefined): Promise<ConnectionError> {
    try {
      const client = await connect(url, { ...(ca === undefined ? {} : { ca }), reconnect: false });
      await client.close();
    } catch (error) {
      expect(error).to.be.instanceOf(ConnectionError);
      return error as ConnectionError;
    }
    throw new Error(`${url} could be connected to`);
  }

  it('begins on a connection that was silent until it counted as a listener', async () => {
    await using server = await start();
    const silent = await Talker.connect(server.port);
    await server.sessions(1);
    const socket = connectTls({
      socket: silent.socket,
      servername: 'localhost',
      ca: authority.certificate,
    });
    await once(socket, 'secureConnect');
    using talker = Talker.on(socket);
    talker.say(echo);
    await talker.hears(/\(echo\)hi/);
    expect(server.chat.sessionCount).to.equal(1);
  });

  it('is what other machines need, however late they begin', async function () {
    if (ownAddress === undefined) this.skip();
    await using server = await start({ ...authority.certify(), host: '0.0.0.0' });
    using late = await Talker.connect(server.port, ownAddress);
    using local = await Talker.connect(server.port);
    // By now both have been silent for as long as makes a listener.
    await server.sessions(1);
    const socket = connectTls({
      socket: late.socket,
      servername: 'localhost',
      ca: authority.certificate,
    });
    await once(socket, 'secureConnect');
    using talker = Talker.on(socket);
    talker.say(echo);
    await talker.hears(/\(echo\)hi/);
    local.say(echo);
    await local.hears(/\(echo\)hi/);
    using frames = await Talker.connect(server.port, ownAddress);
    frames.say(echo);
    expect(await frames.hears('the end')).to.include('(error)this server speaks only TLS');
    using http = await Talker.connect(server.port, ownAddress);
    http.say(health);
    expect(await http.hears('the end')).to.match(/^HTTP\/1\.1 403 [^]*use https|only TLS/);
  });

  it('has another certificate after a reload, and nobody is cut', async () => {
    const first = authority.certify('DNS:localhost,DNS:first.example');
    const second = authority.certify('DNS:localhost,DNS:second.example');
    await using server = await start(first);
    const namesOn = (socket: TLSSocket): string => socket.getPeerCertificate().subjectaltname ?? '';
    const before = await secure(server.port);
    using talker = Talker.on(before);
    expect(namesOn(before)).to.include('first.example');
    expect(server.chat.reload(second)).to.deep.equal([]);
    expect(namesOn(await secure(server.port))).to.include('second.example');
    talker.say(echo);
    await talker.hears(/\(echo\)hi/);
    const broken = { tlsCert: second.tlsCert, tlsKey: first.tlsKey };
    expect(() => server.chat.reload(broken)).to.throw(Error, 'cannot be used');
    expect(server.chat.reload({ tlsCert: '', tlsKey: '' })).to.deep.equal(['tlsCert', 'tlsKey']);
    expect(namesOn(await secure(server.port))).to.include('second.example');
  });

  it('is of version 1.2 at least, and does not begin anew', async () => {
    await using server = await start();
    for (const maxVersion of ['TLSv1', 'TLSv1.1'] as const) {
      const socket = connectTls({
        port: server.port,
        host: '127.0.0.1',
        maxVersion,
        minVersion: maxVersion,
        rejectUnauthorized: false,
        ciphers: 'DEFAULT@SECLEVEL=0',
      });
      const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
      expect(error.code).to.match(/VERSION|ALERT|RESET/);
    }
    const socket = await secure(server.port, { maxVersion: 'TLSv1.2' });
    const refused = new Promise<Error | null>((resolve) => {
      socket.on('error', resolve);
      socket.renegotiate({}, resolve);
    });
    expect(await refused).to.be.instanceOf(Error);
    socket.destroy();
  });

  it('is not held up by handshakes that never end', async function () {
    this.timeout(60_000);
    await using server = await start({ ...authority.certify(), frameTimeoutMs: 60_000 });
    const stuck: Talker[] = [];
    try {
      for (let count = 0; count < 5000; count += 1) {
        const talker = await Talker.connect(server.port);
        talker.say(Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00));
        stuck.push(talker);
      }
      using talker = Talker.on(await secure(server.port));
      talker.say(echo);
      await talker.hears(/\(echo\)hi/);
      // The oldest were given up.
      await stuck[0]!.hears('the end');
    } finally {
      for (const talker of stuck) talker[Symbol.dispose]();
    }
  });

  it('ends handshakes that take too long', async () => {
    await using server = await start({ ...authority.certify(), frameTimeoutMs: 200 });
    using talker = await Talker.connect(server.port);
    talker.say(Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00));
    await talker.hears('the end');
  });

  it('does not begin by a reload: that needs a restart, and nobody is shut out until then', async () => {
    await using server = await TestServer.start({ host: '0.0.0.0' });
    expect(server.chat.reload(authority.certify())).to.deep.equal(['tlsCert', 'tlsKey']);
    using talker = await Talker.connect(server.port, ownAddress ?? '127.0.0.1');
    talker.say(echo);
    await talker.hears(/\(echo\)hi/);
  });

  it('is all that other machines can see anything through, whatever they begin with', async function () {
    if (ownAddress === undefined) this.skip();
    await using server = await start({
      ...authority.certify(),
      host: '0.0.0.0',
      frameTimeoutMs: 500,
    });
    const alice = await server.full('alice');
    for (const port of [server.port, server.chat.httpPort!]) {
      for (const first of ['P', 'S', 'G', '\r', '\x16', 'PROXY TCP4']) {
        using ending = await Talker.connect(port, ownAddress);
        using slow = await Talker.connect(port, ownAddress);
        for (const spy of [ending, slow]) spy.say(first);
        await alice.roundTrip();
        alice.broadcast('a secret', { id: first });
        await alice.untilControl('ack');
        ending.socket.end();
        for (const spy of [ending, slow]) {
          expect(await spy.hears('the end')).to.match(/only TLS|PROXY header/);
          expect(await spy.hears('the end')).not.to.include('secret');
        }
      }
    }
  });

  it('lets somebody in while thousands begin a handshake at once, and do not go on', async () => {
    await using server = await start({ ...authority.certify(), frameTimeoutMs: 60_000 });
    const { port } = server;
    const half = Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00);
    const stuck = await Promise.all(Array.from({ length: 1100 }, () => Talker.connect(port)));
    for (const one of stuck) one.say(half);
    await using client = await connect(`tls://localhost:${port}`, { ca: authority.certificate });
    await client.send('here');
    expect(stuck.some(({ socket }) => socket.closed)).to.equal(true);
    for (const one of stuck) one.socket.destroy();
  });

  it('needs both files, and a certificate that fits its key', async () => {
    const { tlsCert, tlsKey } = authority.certify();
    const other = authority.certify();
    for (const options of [
      { tlsCert },
      { tlsKey },
      { tlsCert, tlsKey: other.tlsKey },
      { tlsCert: `${tlsCert}.none`, tlsKey },
      { tlsCert: tlsKey, tlsKey },
      { tlsCert: authority.empty(), tlsKey },
      { tlsCert, tlsKey: authority.empty() },
      { tlsCert, tlsKey: authority.otherKindOfKey() },
    ]) {
      const problem = await TestServer.start(options).then(
        () => undefined,
        (error: Error) => error,
      );
      expect(problem?.name, JSON.stringify(options)).to.equal('ConfigError');
    }
  });
});
