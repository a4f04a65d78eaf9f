import { expect } from 'chai';
import fc from 'fast-check';
import { MessageType, type ChatMessage } from '../../../src/protocol/messages.js';
import type { RawClient } from '../../support/raw-client.js';
import { fetchPage, joinOf, membersOf, publish, toRoom } from '../../support/rooms.js';
import { scene, texts, type Transport } from './transport.js';

/** What one sends arrives as it was sent, in its order, and so do the answers. */
export function orderContract(transport: Transport): void {
  const { dialect } = transport;

  describe('messages', () => {
    it(
      'are answered in the order in which they were sent, one by one',
      scene(transport, async ({ bare }) => {
        const client = await bare();
        for (const content of texts(300)) client.echo(content);
        expect(await contents(client, 300)).to.deep.equal(marked('(echo)', texts(300)));
      }),
    );

    it(
      'are answered in their order when thousands come with one write',
      scene(transport, async ({ full }) => {
        const client = await full();
        const sent = texts(5000, 50);
        client.send(...sent.map((content) => ({ content })));
        expect(await contents(client, sent.length)).to.deep.equal(sent);
      }),
    );

    it(
      'arrive wherever the network splits them',
      scene(transport, async ({ server, full }) => {
        const [client, pacemaker] = [await full(), await server.full()];
        const text = fc.oneof(
          fc.string({ unit: 'binary', maxLength: 20 }),
          fc.string({ unit: 'binary', minLength: 100, maxLength: 200, size: 'max' }),
        );
        const sizes = fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 12 });
        const all = fc.array(text, { minLength: 1, maxLength: 10 });
        await fc.assert(
          fc.asyncProperty(all, sizes, async (sent, cuts) => {
            let rest = dialect.encode(sent.map((content) => ({ content })));
            for (const size of cuts) {
              client.sendBytes(rest.subarray(0, size));
              rest = rest.subarray(size);
              // By then the server has read it.
              await pacemaker.roundTrip();
            }
            client.sendBytes(rest);
            expect(await contents(client, sent.length)).to.deep.equal(sent);
          }),
          { numRuns: 50 },
        );
      }),
    );

    it(
      'arrive also a byte at a time',
      scene(transport, async ({ server, connect }) => {
        const [client, pacemaker] = [await connect(), await server.full()];
        for (const byte of dialect.encode([{ content: 'hi' }, { content: 'x'.repeat(200) }])) {
          client.sendBytes(Uint8Array.of(byte));
          await pacemaker.roundTrip();
        }
        expect(await contents(client, 2)).to.deep.equal(['(echo)hi', `(echo)${'x'.repeat(200)}`]);
      }),
    );

    // Lengths at which headers and prefixes change their form, and the longest one.
    it(
      'arrive as they are, whatever their length',
      scene(transport, async ({ full, bare }) => {
        const [client, other] = [await full(), await bare()];
        const lengths = [1, 100, 110, 115, 120, 121, 122, 123, 124, 125, 126, 127, 128, 4096];
        for (const length of lengths) {
          const content = 'x'.repeat(length);
          client.echo(content);
          expect((await client.next()).content).to.equal(content);
          client.broadcast(content);
          expect(await client.next()).to.include({ content, type: MessageType.BROADCAST });
          expect((await other.next()).content).to.equal(`(broadcast)${content}`);
        }
      }),
    );

    it(
      'arrive as they are, whatever their characters',
      scene(transport, async ({ full }) => {
        const client = await full();
        const long = ['\0', '\u{7f}', '"', '\\', '€', '👋'].map((character) =>
          character.repeat(4096 / Buffer.byteLength(character)),
        );
        const sent = ['', '\ufeff', '\ufeffhi', 'a\r\nb', '\u2028', '<b>&amp;</b>', ...long];
        client.send(...sent.map((content) => ({ content })));
        expect(await contents(client, sent.length)).to.deep.equal(sent);
      }),
    );
  });

  describe('requests', () => {
    it(
      'are answered in their order, whatever they ask for',
      scene(transport, async ({ full }) => {
        const client = await full();
        await publish(client, 'lobby', texts(10));
        const requests: readonly (readonly [Partial<ChatMessage>, answer: string])[] = [
          [{ content: 'hi' }, 'message'],
          [{ control: { $case: 'ping', ping: { nonce: 7 } } }, 'pong'],
          [{ control: joinOf('dev') }, 'joined'],
          [{ control: { $case: 'fetch', fetch: { room: '', edge: undefined, limit: 3 } } }, 'page'],
          [{ content: '', type: MessageType.BROADCAST }, 'error'],
          [{ control: membersOf('dev') }, 'memberList'],
          [{ content: 'x'.repeat(5000) }, 'error'],
          [{ control: { $case: 'leave', leave: { room: 'dev' } } }, 'left'],
          [{ content: 'ho' }, 'message'],
        ];
        const sent = [...requests, ...requests, ...requests];
        client.send(...sent.map(([request], index) => ({ ...request, id: String(index) })));
        const answers = await client.nextMany(sent.length);
        expect(answers.map(({ control }) => control?.$case ?? 'message')).to.deep.equal(
          sent.map(([, answer]) => answer),
        );
        expect(answers.map(idOf)).to.deep.equal(sent.map((_, index) => String(index)));
      }),
    );

    it(
      'are answered with as much as a page may hold',
      scene(transport, async ({ full }) => {
        const client = await full();
        client.control(joinOf('dev'));
        await client.nextControl('joined');
        // In JSON a character of these takes six bytes.
        const sent = texts(20).map((text) => text.padEnd(4000, '\u0001'));
        client.send(...sent.map((content) => toRoom('dev', content)));
        expect(await contents(client, sent.length)).to.deep.equal(sent);
        const { messages, end } = await fetchPage(client, 'dev');
        const found = messages.map(({ content }) => content);
        expect(found.length).to.be.within(15, 19);
        expect(found).to.deep.equal(sent.slice(-found.length));
        expect(end).to.equal(false);
        await client.roundTrip();
      }),
    );
  });
}

async function contents(client: RawClient, count: number): Promise<string[]> {
  return (await client.nextMany(count)).map(({ content }) => content);
}

function marked(mark: string, all: readonly string[]): string[] {
  return all.map((text) => mark + text);
}

function idOf({ id, control }: ChatMessage): string {
  return control?.$case === 'error' ? control.error.id : id;
}
