import { expect } from 'chai';
import { TestServer } from '../support/server.js';
import { RawClient } from '../support/raw-client.js';
import { joinOf, last } from '../support/rooms.js';
import { WebSocketClient } from '../support/websocket-client.js';
import { Company, overWebSocket } from '../support/websocket-scene.js';

// chat.proto, 12.1: "The path /ws of the HTTP port speaks the same protocol over WebSocket
// (RFC 6455), in the same rooms."
describe('people over TCP and over WebSocket', () => {
  it('hear one another in the lobby, in whatever way they are connected', async () => {
    await using server = await TestServer.start();
    const company = await Company.join(server);
    for (let round = 0; round < 5; round += 1) await company.chat();
    expect(server.chat.sessionCount).to.equal(company.all.length);
  });

  it('see the same messages in the same order when all of them talk at once', async () => {
    await using server = await TestServer.start({ rateLimit: 0 });
    const port = server.chat.httpPort!;
    const each = 200;
    const tcp = await server.full('tcp');
    const bare = await server.bare();
    const binary = await overWebSocket(port, 'binary');
    const json = await overWebSocket(port, 'json');
    await json.enter('json');
    using lines = await WebSocketClient.open(port);
    const clients: readonly RawClient[] = [tcp, bare, binary, json];
    for (const client of [bare, binary]) await client.roundTrip();

    for (let number = 0; number < each; number += 1) {
      for (const [index, client] of clients.entries()) client.broadcast(`${index} ${number}`);
      lines.sendText(`${clients.length} ${number}`);
    }
    const total = each * (clients.length + 1);
    const orders = await Promise.all(
      clients.map(async (client) => {
        const messages = await client.nextMany(total);
        return messages.map(({ content }) => content.replace('(broadcast)', ''));
      }),
    );
    const texts: string[] = [];
    while (texts.length < total) texts.push((await lines.nextText()).replace(/^\[\w+\] /, ''));
    for (const order of orders) expect(order).to.deep.equal(texts);
    for (let index = 0; index <= clients.length; index += 1) {
      const own = texts.filter((text) => text.startsWith(`${index} `));
      expect(own).to.deep.equal(own.map((_, number) => `${index} ${number}`));
      expect(own).to.have.length(each);
    }
  });

  it('have each other’s history, whoever wrote it', async () => {
    await using server = await TestServer.start();
    const company = await Company.join(server);
    const said = company.all.map(({ kind }) => `how are you? asks ${kind}`);
    for (const encoding of ['binary', 'json'] as const) {
      const late = await overWebSocket(server.chat.httpPort!, encoding);
      await late.enter();
      late.control(joinOf('lobby', last(said.length)));
      await late.nextControl('joined');
      const history = await late.nextMany(said.length);
      expect(history.map(({ content }) => content)).to.deep.equal(said);
      late[Symbol.dispose]();
    }
  });

  it('leave without a trace, in good order or not', async () => {
    await using server = await TestServer.start();
    const company = await Company.join(server);
    const { length } = company.all;
    const port = server.chat.httpPort!;
    for (const protocols of [[], ['tcpchat.v1.proto'], ['tcpchat.v1.json']]) {
      for (const leave of ['close', 'terminate'] as const) {
        const path = '/ws?username=leaver';
        using client = await WebSocketClient.open(port, { path, protocols });
        await server.sessions(length + 1);
        client.socket[leave]();
        await server.sessions(length);
      }
    }
    await company.chat();
  });
});
