import { expect } from 'chai';
import { ErrorCode, MessageType } from '../../../src/protocol/messages.js';
import type { RawClient } from '../../support/raw-client.js';
import { expectRefusal } from '../../support/refusals.js';
import { expectEnd, scene, sceneOfOthers, texts, type Transport } from './transport.js';

/** What a session may send, how fast, and how many sessions there may be. */
export function limitsContract(transport: Transport): void {
  const { dialect } = transport;

  describe('a message', () => {
    for (const { what, bytes, code, closeCode } of transport.violations) {
      it(
        `is refused with a word and a close when it is ${what}`,
        sceneOfOthers(transport, async ({ server, full, connect, bystanders }) => {
          const mallory = await full('mallory');
          mallory.sendBytes(bytes);
          const { message } = await expectRefusal(mallory, code);
          const bare = await connect();
          bare.sendBytes(bytes);
          expect(await bare.next()).to.include({ content: `(error)${message}`, type: 0 });
          for (const client of [mallory, bare]) {
            expect(await client.untilClosed()).to.deep.equal([]);
            expect(client.closing?.code).to.equal(dialect.hasCloseCodes ? closeCode : undefined);
          }
          await server.sessions(2);
          await bystanders.roundTrip();
        }),
      );

      it(
        `is refused after the answers to what came before it when it is ${what}`,
        sceneOfOthers(transport, async ({ connect, bystanders }) => {
          const mallory = await connect();
          const before = dialect.encode([
            { content: 'hi' },
            { content: 'there', type: MessageType.BROADCAST },
          ]);
          mallory.sendBytes(Buffer.concat([before, bytes, dialect.encode([{ content: 'no' }])]));
          await bystanders.hear('there');
          const [echo, broadcast, ...rest] = await mallory.untilClosed();
          expect([echo!.content, broadcast!.content]).to.deep.equal([
            '(echo)hi',
            '(broadcast)there',
          ]);
          expect(rest).to.have.length(1);
          expect(rest[0]!.content).to.match(/^\(error\)/);
        }),
      );
    }

    it(
      'is taken when it is as large as it may be',
      sceneOfOthers(transport, async ({ connect }) => {
        const client = await connect();
        for (let count = 0; count < 20; count += 1) client.sendBytes(transport.largest);
        for (let count = 0; count < 20; count += 1) {
          const before = await client.until(({ content }) => content === '(echo)hi', 'the echo');
          for (const { content } of before.slice(0, -1)) expect(content).to.equal('(echo)');
        }
      }),
    );

    it(
      'is refused, and the session goes on, when its content is too long',
      scene(transport, async ({ full, connect }) => {
        const client = await full();
        const bare = await connect();
        for (const length of [4097, 65_500]) {
          client.echo('x'.repeat(length), { id: 'm1' });
          const { error } = await client.nextControl('error');
          expect(error).to.include({ code: ErrorCode.ERROR_CODE_CONTENT_TOO_LONG, id: 'm1' });
          bare.broadcast('x'.repeat(length));
          expect((await bare.next()).content).to.equal(`(error)${error.message}`);
        }
        await client.roundTrip();
        await bare.roundTrip();
      }),
    );
  });

  describe('a session that sends faster than it may', () => {
    it(
      'is answered in its order, also for what comes in many packets while it is held back',
      scene(
        transport,
        async ({ server, full }) => {
          const [client, pacemaker] = [await full(), await server.bare()];
          const sent = texts(46);
          client.send(...sent.slice(0, 41).map((content) => ({ content })));
          for (const content of sent.slice(41)) {
            // By then the server has read what was sent before, or holds it back.
            await roundTripAmong(pacemaker);
            client.echo(content);
          }
          const answers: string[] = [];
          while (answers.length < sent.length) {
            const { control, content } = await client.next();
            if (control === undefined) answers.push(content);
          }
          expect(answers).to.deep.equal(sent);
        },
        { rateLimit: 10 },
      ),
    );

    it(
      'is read more slowly, told so once, and loses nothing; others are as fast as before',
      scene(
        transport,
        async ({ server, full, bare }) => {
          const [client, other] = [await full(), await bare()];
          const listener = await server.full();
          const sent = texts(44);
          const sinceMs = performance.now();
          const type = MessageType.BROADCAST;
          client.send(...sent.map((content) => ({ content, type })));
          for (let count = 0; count < 20; count += 1) await roundTripAmong(other);
          const heard = await listener.nextMany(sent.length);
          // 40 at once, less the hello, and the rest at 10 per second.
          expect(performance.now() - sinceMs).to.be.greaterThan(350);
          expect(heard.map(({ content }) => content)).to.deep.equal(sent);

          client.send(...texts(2).map((content) => ({ content, type })));
          const own = await client.nextMany(sent.length + 2 + 1);
          const notices = own.filter(({ control }) => control !== undefined);
          expect(notices.map(({ control }) => control)).to.deep.equal([
            { $case: 'throttled', throttled: { messagesPerSecond: 10 } },
          ]);
          const delivered = own.filter(({ control }) => control === undefined);
          expect(delivered.map(({ content }) => content)).to.deep.equal([...sent, ...texts(2)]);
        },
        { rateLimit: 10 },
      ),
    );

    it(
      'is not closed for messages that it began and that are left unread',
      scene(
        transport,
        async ({ full }) => {
          const client = await full();
          // 19 at once and 5 at 5 per second; they take several reads.
          const sent = texts(24, 4000);
          client.send(...sent.map((content) => ({ content })));
          const answers = await client.nextMany(sent.length + 1);
          const echoes = answers.filter(({ control }) => control === undefined);
          expect(echoes.map(({ content }) => content)).to.deep.equal(sent);
          await client.roundTrip();
        },
        { frameTimeoutMs: 300, rateLimit: 5 },
      ),
    );

    it(
      'still gets every answer when it ends its side',
      scene(
        transport,
        async ({ connect }) => {
          const client = await connect();
          client.send(...texts(44).map((content) => ({ content })));
          client.end();
          const answers = await client.untilClosed();
          expect(answers.map(({ content }) => content)).to.deep.equal(
            texts(44).map((content) => `(echo)${content}`),
          );
        },
        { rateLimit: 10 },
      ),
    );
  });

  describe('one connection too many', () => {
    it(
      'gets a readable refusal; there is room again when somebody goes',
      scene(
        transport,
        async ({ server, connect, full, bare }) => {
          const [leaver, stayer] = [await full(), await bare()];
          for (let attempt = 0; attempt < 3; attempt += 1) {
            const client = await connect();
            client.echo('hi');
            const sentence = 'the server has reached its maximum number of connections';
            expect(await client.next()).to.include({ content: `(error)${sentence}`, type: 0 });
            await expectEnd(transport, client, 1013, sentence);
          }
          expect(server.chat.sessionCount).to.equal(2);
          leaver.end();
          await leaver.closed();
          await server.sessions(1);
          await (await bare()).roundTrip();
          await stayer.roundTrip();
        },
        { connectionsMax: 2 },
      ),
    );
  });
}

/** An echo there and back, whatever else arrives. */
async function roundTripAmong(client: RawClient): Promise<void> {
  client.echo('there and back');
  await client.until(({ content }) => content === '(echo)there and back', 'an echo');
}
