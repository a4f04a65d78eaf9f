import { expect } from 'chai';
import { chatMessage } from '../../../src/protocol/codec.js';
import { GoodbyeReason, MessageType, type ChatMessage } from '../../../src/protocol/messages.js';
import { Crowd } from '../../support/crowd.js';
import { Ledger } from '../../support/ledger.js';
import { RawClient } from '../../support/raw-client.js';
import { TestServer } from '../../support/server.js';
import { expectEnd, texts, type Transport } from './transport.js';

const sentence = 'the server is shutting down';

/** What a server does that is closed. */
export function drainContract(transport: Transport): void {
  const { dialect } = transport;

  describe('a server that is closed', () => {
    it('says goodbye to all, and closes them', async () => {
      await using server = await TestServer.start();
      const full = await server.full('', { dialect });
      const bare = [await server.bare({ dialect }), await server.connect({ dialect })];
      await server.sessions(3);
      await server.chat.close();
      expect(server.chat.sessionCount).to.equal(0);
      expect(await full.next()).to.deep.equal(goodbye);
      for (const client of bare) {
        expect(await client.next()).to.deep.equal(chatMessage({ content: `(error)${sentence}` }));
      }
      for (const client of [full, ...bare]) await expectEnd(transport, client, 1001, sentence);
    });

    it('stores and delivers before what it has read', async () => {
      await using server = await TestServer.start({ rateLimit: 0 });
      const reader = await server.full('reader');
      const writer = await server.full('writer', { dialect });
      const sent = texts(300);
      const type = MessageType.BROADCAST;
      // When the echo is back, the server has read it all.
      writer.send(...sent.map((content) => ({ content, type })), { content: 'echo' });
      const early = [await writer.next()];
      while (early.at(-1)!.content !== 'echo') early.push(await writer.next());
      await server.chat.close();
      const toWriter = [...early, ...(await writer.untilClosed())];
      const toReader = await reader.untilClosed();
      expect(toWriter.pop()).to.deep.equal(goodbye);
      expect(toReader.pop()).to.deep.equal(goodbye);
      expect(toReader.map(({ content }) => content)).to.deep.equal(sent);
      expect(toWriter.filter((message) => message.type === type)).to.deep.equal(toReader);
      expect(toWriter.map(({ content }) => content)).to.include('echo');
    });

    it('accepts nothing more, and sends nothing after its goodbye', async () => {
      await using server = await TestServer.start();
      const reader = await server.full('reader');
      const writer = await server.full('writer', { dialect, allowHalfOpen: true });
      const closing = server.chat.close();
      writer.broadcast('too late');
      writer.echo('too late');
      for (const client of [reader, writer]) expect(await client.next()).to.deep.equal(goodbye);
      writer.end();
      writer.socket.end();
      await closing;
      expect(await reader.untilClosed()).to.deep.equal([]);
      await expectEnd(transport, writer, 1001, sentence);
    });

    it('turns new connections away, with a word if it takes them at all', async () => {
      await using server = await TestServer.start();
      const held = await server.full('held', { dialect, allowHalfOpen: true });
      held.pause();
      const closing = server.chat.close();
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const client = await server.connect({ dialect }).catch((error: unknown) => error);
        if (client instanceof RawClient) {
          expect(await client.next()).to.include({ content: `(error)${sentence}`, type: 0 });
          await expectEnd(transport, client, 1001, sentence);
        } else expect(client).to.have.property('code', 'ECONNREFUSED');
      }
      expect(server.chat.sessionCount).to.equal(1);
      held.resume();
      expect(await held.next()).to.deep.equal(goodbye);
      held.end();
      held.socket.end();
      await closing;
    });

    it('owes a slow reader all that was accepted', async () => {
      await using server = await TestServer.start({
        drainTimeoutMs: 6000,
        rateLimit: 0,
        outboxBytesMax: 65_536,
      });
      using crowd = await Crowd.join(server.port, 1);
      const slow = await server.full('slow', { dialect });
      slow.pause();
      await crowd.publish(2000);
      crowd[Symbol.dispose]();
      const closing = server.chat.close();
      slow.resume();
      const messages = await slow.untilClosed();
      expect(messages.pop()).to.deep.equal(goodbye);
      const ledger = new Ledger();
      for (const message of messages) ledger.take(message);
      expect(ledger).to.include({ last: 2000, skipped: 0 });
      await expectEnd(transport, slow, 1001, sentence);
      await closing;
    });

    it('ends in time though peers neither read nor close, or are in the middle', async () => {
      const drainTimeoutMs = 300;
      await using server = await TestServer.start({
        drainTimeoutMs,
        rateLimit: 0,
        outboxBytesMax: 65_536,
      });
      using crowd = await Crowd.join(server.port, 1);
      const options = { dialect, allowHalfOpen: true };
      const owed = await server.full('owed', options);
      const idle = await server.bare(options);
      const begun = await server.bare(options);
      const mute = await server.connect(options);
      for (const client of [owed, idle, begun, mute]) client.pause();
      begun.sendBytes(dialect.encode([{ content: 'hi' }]).subarray(0, 3));
      await crowd.publish(4000);
      crowd[Symbol.dispose]();
      const sinceMs = performance.now();
      await server.chat.close();
      expect(server.chat.sessionCount).to.equal(0);
      expect(performance.now() - sinceMs).to.be.within(drainTimeoutMs - 50, 4000 + drainTimeoutMs);
    });
  });
}

const goodbye: ChatMessage = chatMessage({
  control: {
    $case: 'goodbye',
    goodbye: {
      reason: GoodbyeReason.GOODBYE_REASON_SHUTTING_DOWN,
      message: sentence,
      reconnect: true,
      reconnectAfterMs: 0,
    },
  },
});
