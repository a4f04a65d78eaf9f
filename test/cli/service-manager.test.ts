import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { expect } from 'chai';
import { serviceManagerPackages } from '../../scripts/system-packages.js';
import { connect } from '../../src/index.js';
import { reconnectAtOnce } from '../support/chat-clients.js';
import { need } from '../support/needs.js';
import { ServiceManager } from '../support/service-manager.js';
import { Talker } from '../support/talker.js';

/** `BROADCAST "hi"`, as README shows it. */
const broadcastHi = Uint8Array.of(0x06, 0x0a, 0x02, 0x68, 0x69, 0x10, 0x01);

/** For a longer run: `RESTARTS=200 npm test -- --grep restarts`. */
const restarts = Number(process.env['RESTARTS'] ?? 10);

describe('tcp-chat-server under a service manager', function () {
  this.timeout(60_000 + restarts * 5000);

  before(function () {
    need(this, serviceManagerPackages);
  });

  it('says that it is ready, that it is alive, that it reloads, and that it ends', async () => {
    await using manager = await ServiceManager.open([], { WATCHDOG_USEC: '200000' });
    const port = await manager.port();
    manager.start();
    expect(await manager.says(/^told/)).to.equal('told READY=1 STATUS=0 sessions');
    using listener = await Talker.connect(port);
    listener.say(broadcastHi);
    await listener.hears(/\(broadcast\)hi/);
    await manager.says(/^told WATCHDOG=1 STATUS=1 session$/);
    manager.send('SIGHUP');
    expect(await manager.says(/RELOADING/)).to.match(/^told RELOADING=1 MONOTONIC_USEC=\d+$/);
    await manager.says(/^told READY=1 STATUS=1 session$/);
    manager.send('SIGTERM');
    await manager.says(/^told STOPPING=1 STATUS=saying goodbye to 1 session$/);
    expect(await manager.says(/^ended/)).to.equal('ended 0');
  });

  it('listens on the socket that it is handed, and nowhere else', async () => {
    await using manager = await ServiceManager.open(['--port', '1', '--http-port', '1']);
    const port = await manager.port();
    manager.start();
    await manager.says(/READY/);
    expect(manager.output.match(/^listening on .*$/gm)).to.deep.equal([
      `listening on tcp://127.0.0.1:${port}`,
    ]);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).to.equal(200);
  });

  it(`refuses nobody and loses nothing in ${restarts} restarts`, async () => {
    await using manager = await ServiceManager.open(['--rate-limit', '0'], {});
    const port = await manager.port();
    const url = `tcp://127.0.0.1:${port}`;
    // Connections are taken from the beginning; the server comes later.
    const reading = connect(url, { name: 'reader' });
    const writing = connect(url, { name: 'writer' });
    manager.start();
    await using reader = await reading;
    await using writer = await writing;
    for (const client of [reader, writer]) reconnectAtOnce(client);
    let isOver = false;
    const acked = new Map<number, string>();
    const send = async (content: string): Promise<void> => {
      acked.set((await writer.send(content)).seq, content);
    };
    const write = async (): Promise<void> => {
      for (let number = 1; !isOver; number += 1) await send(String(number));
    };
    // Each message once, in order: gaps would be events, and numbers that are left out.
    const read = async (): Promise<Map<number, string>> => {
      const seen = new Map<number, string>();
      for await (const { seq, content } of reader) {
        expect(seq).to.equal(seen.size + 1);
        seen.set(seq, content);
        if (content === 'the end') break;
      }
      return seen;
    };
    let connected = 0;
    const comeAndGo = async (): Promise<void> => {
      while (!isOver) {
        const socket = connectTcp({ port, host: '127.0.0.1' });
        // Rejects when it is refused.
        await once(socket, 'connect');
        connected += 1;
        socket.on('error', () => {});
        socket.end(broadcastHi);
        await once(socket.resume(), 'close');
      }
    };
    const all = Promise.all([write(), comeAndGo(), comeAndGo(), comeAndGo()]);
    const seen = read();
    for (let count = 0; count < restarts; count += 1) {
      await Promise.race([manager.says(/READY/), all, seen]);
      await send('go on');
      manager.send('SIGTERM');
      expect(await manager.says(/^ended/)).to.equal('ended 0');
      manager.start();
    }
    isOver = true;
    await all;
    await send('the end');
    const messages = await seen;
    for (const [seq, content] of acked) expect(messages.get(seq)).to.equal(content);
    expect(connected).to.be.greaterThan(restarts);
  });
});
