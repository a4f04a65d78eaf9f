import { expect } from 'chai';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { deployPackages, tlsPackages } from '../../scripts/system-packages.js';
import type { Logger } from '../../src/index.js';
import { bytes, field, frame } from '../support/bytes.js';
import { Authority } from '../support/certificates.js';
import { need } from '../support/needs.js';
import { ownAddress } from '../support/own-address.js';
import { TestServer } from '../support/server.js';
import { ShippedProxy } from '../support/shipped.js';
import { Talker } from '../support/talker.js';

const echo = frame(bytes(field(1, 'hi')));
const upgrade =
  'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const getMetrics = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

// They really run, with the configuration in scripts/deploy.
describe('behind a proxy', () => {
  let authority: Authority;

  before(function () {
    need(this, [...deployPackages, ...tlsPackages]);
    if (ownAddress === undefined) this.skip();
    authority = new Authority();
  });

  after(() => authority?.[Symbol.dispose]());

  /** A server that trusts proxies on this machine, and the addresses of its sessions. */
  async function start(): Promise<{ server: TestServer; addresses: string[] }> {
    const addresses: string[] = [];
    const logger: Logger = {
      info: (fields, text) => {
        if (text === 'session opened') addresses.push((fields as { address: string }).address);
      },
      warn: () => {},
      error: () => {},
    };
    return { server: await TestServer.start({ trustProxy: '127.0.0.1', logger }), addresses };
  }

  async function secure(port: number, ALPNProtocols: string[]): Promise<TLSSocket> {
    const socket = connectTls({
      // Not the proxy's address, and not one that is an operator's.
      socket: connectTcp({ port, host: '127.0.0.1', localAddress: ownAddress! }),
      servername: 'localhost',
      ca: authority.certificate,
      ALPNProtocols,
    });
    await once(socket, 'secureConnect');
    return socket;
  }

  for (const name of ['haproxy', 'nginx'] as const) {
    it(`clients have their own address, and are no operators: ${name}`, async () => {
      const { server, addresses } = await start();
      await using _ = server;
      const certificate = authority.certify();
      await using proxy = await ShippedProxy.start(name, { serverPort: server.port, certificate });
      if (name === 'haproxy') {
        using frames = Talker.on(await secure(proxy.port, ['tcpchat']));
        frames.say(echo);
        await frames.hears(/\(echo\)hi/);
        expect(addresses.splice(0)).to.deep.equal([ownAddress]);
      }
      using webSocket = Talker.on(await secure(proxy.port, ['http/1.1']));
      webSocket.say(upgrade);
      await webSocket.hears(/^HTTP\/1\.1 101 /);
      await server.sessions(1);
      expect(addresses).to.deep.equal([ownAddress]);
      using stranger = Talker.on(await secure(proxy.port, []));
      stranger.say(getMetrics);
      expect(await stranger.hears('the end')).to.match(/^HTTP\/1\.1 403 /);
    });
  }
});
