import { expect } from 'chai';
import { createServer } from '../../src/index.js';
import { ErrorCode } from '../../src/protocol/messages.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { ask, expectReadable, expectSecure } from '../support/http.js';
import { Measured } from '../support/metrics.js';
import { expectRefusal } from '../support/refusals.js';
import { toRoom } from '../support/rooms.js';
import { SmallDisk } from '../support/small-disk.js';
import { TestServer } from '../support/server.js';
import { WebSocketClient } from '../support/websocket-client.js';

// README, --http: "serve the page, WebSocket, health and metrics over HTTP".
describe('the HTTP side of a server', () => {
  it('says that it lives, and that it is ready, to whoever asks how', async () => {
    await using server = await TestServer.start();
    for (const path of ['/healthz', '/readyz', '/healthz?verbose', '/readyz?x=%ff']) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await ask(server.chat.httpPort!, path, { method });
        expect(answer.status, path).to.equal(200);
        expectSecure(answer);
        expect(answer.headers.get('cache-control')).to.match(/no-store|no-cache/);
        if (method === 'GET') expect(answer.body).to.match(/^[a-z]+\n$/);
      }
    }
  });

  it('is announced, and is not there where it is not wanted', async () => {
    await using server = await TestServer.start();
    expect(server.chat.urls).to.include(`http://127.0.0.1:${server.chat.httpPort!}`);
    await using without = await createServer({ port: 0, http: false, store: 'memory' });
    expect(without.httpPort).to.equal(undefined);
    expect(without.urls).to.have.length(1);
  });

  for (const path of ['/ws', '/echo', '/ws?username=alice']) {
    // RFC 9110, 15.5.22.
    it(`answers ${path} without an upgrade with 426`, async () => {
      await using server = await TestServer.start();
      const answer = await ask(server.chat.httpPort!, path);
      expect(answer.status).to.equal(426);
      expect(answer.headers.get('upgrade')).to.equal('websocket');
      expectReadable(answer);
      expectSecure(answer);
    });
  }

  for (const path of ['/nothing', '/healthz/', '/healthzz', '/METRICS', '/ws/x', '/.env']) {
    it(`answers ${path} with 404`, async () => {
      await using server = await TestServer.start();
      const answer = await ask(server.chat.httpPort!, path);
      expect(answer.status).to.equal(404);
      expectSecure(answer);
    });
  }
});

describe('a server whose disk is full, asked over HTTP', () => {
  let folder: string;
  let disk: SmallDisk | undefined;

  beforeEach(async function () {
    disk = undefined;
    folder = await makeFolder();
    disk = SmallDisk.mount(this, folder, 4);
  });

  afterEach(async () => {
    disk?.[Symbol.dispose]();
    await removeFolder(folder);
  });

  it('is not ready, lives, tells its senders, and recovers by itself', async () => {
    await using server = await TestServer.start({ store: 'sqlite', data: folder });
    const port = server.chat.httpPort!;
    const alice = await server.full('alice');
    using lines = await WebSocketClient.open(port);
    alice.send(toRoom('', 'before'));
    expect(await alice.next()).to.include({ content: 'before', seq: 1 });
    await lines.expectText('[alice] before');
    expect((await ask(port, '/readyz')).status).to.equal(200);

    const free = disk!.fill();
    const large = 'x'.repeat(4000);
    // What is left of a page of the database takes a message or two.
    let seq = 1;
    for (let isFull = false; !isFull;) {
      alice.send(toRoom('', large, `id ${seq}`));
      const { control } = await alice.next();
      isFull = control?.$case === 'error';
      if (control?.$case === 'error') {
        expect(control.error.code).to.equal(ErrorCode.ERROR_CODE_STORE_UNAVAILABLE);
      } else {
        await alice.next();
        await lines.expectText(`[alice] ${large}`);
        seq += 1;
      }
    }
    lines.sendText(large);
    await lines.expectText('(error)the message could not be stored');
    const answer = await ask(port, '/readyz');
    expect(answer.status).to.equal(503);
    expectReadable(answer);
    expectSecure(answer);
    // Where the database is concerns only who reads the log.
    expect(answer.body).to.contain('stored').and.not.to.match(/[/\\]/);
    expect((await ask(port, '/healthz')).status).to.equal(200);
    expect((await Measured.of(port)).get('tcp_chat_store_failing', 'gauge')).to.equal(1);
    alice.send(toRoom('', large, 'again'));
    await expectRefusal(alice, ErrorCode.ERROR_CODE_STORE_UNAVAILABLE);

    free();
    lines.sendText('there is space again');
    await lines.expectText('there is space again');
    expect(await alice.next()).to.include({ content: 'there is space again', seq: seq + 1 });
    expect((await ask(port, '/readyz')).status).to.equal(200);
    expect((await Measured.of(port)).get('tcp_chat_store_failing', 'gauge')).to.equal(0);
  });
});
