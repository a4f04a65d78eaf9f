import { expect } from 'chai';
import { MessageType } from '../../../src/protocol/messages.js';
import { join, last } from '../../support/rooms.js';
import { scene, texts, type Transport } from './transport.js';

/** All are in the same rooms, over whatever transport they came. */
export function sharingContract(transport: Transport): void {
  describe('sessions', () => {
    it(
      'get the same messages in the same order as those over TCP, bare and full ones',
      scene(transport, async ({ server, full, bare, connect }) => {
        const fulls = [await full('alice'), await server.full('bob'), await full()];
        const bares = [await bare(), await server.bare(), await bare()];
        const mute = await connect();
        await server.sessions(7);
        const authors = [...fulls, ...bares];
        const sent = authors.map((_, author) => texts(50).map((text) => `${author}: ${text}`));
        for (let first = 0; first < 50; first += 5) {
          for (const [author, client] of authors.entries()) {
            const some = sent[author]!.slice(first, first + 5);
            client.send(...some.map((content) => ({ content, type: MessageType.BROADCAST })));
          }
        }
        const count = 50 * authors.length;
        const [heard, ...others] = await Promise.all(
          fulls.map(async (client) => await client.nextMany(count)),
        );
        expect(heard!.map(({ seq }) => seq)).to.deep.equal(texts(count).map((_, at) => at + 1));
        for (const [author, contents] of sent.entries()) {
          const own = heard!.filter(({ content }) => content.startsWith(`${author}: `));
          expect(own.map(({ content }) => content)).to.deep.equal(contents);
        }
        for (const other of others) expect(other).to.deep.equal(heard);
        for (const client of [...bares, mute]) {
          const said = (await client.nextMany(count)).map(({ content, type }) => [type, content]);
          const expected = heard!.map(({ content, type }) => [type, `(broadcast)${content}`]);
          expect(said).to.deep.equal(expected);
        }
        for (const client of [...authors, mute]) await client.roundTrip();
      }),
    );

    it(
      'know each other by name and number',
      scene(transport, async ({ server, full }) => {
        const [alice, bob] = [await full('alice'), await server.full('bob')];
        alice.broadcast('hi', { id: 'm1' });
        const [one, other] = await alice.nextMany(2);
        const { control } = one!.control === undefined ? other! : one!;
        const delivered = one!.control === undefined ? one! : other!;
        expect(delivered).to.include({ content: 'hi', sender: 'alice', room: 'lobby', seq: 1 });
        expect(delivered.id).to.equal('m1');
        expect(control).to.deep.equal({
          $case: 'ack',
          ack: { id: 'm1', room: 'lobby', seq: 1, sentAt: delivered.sentAt, duplicate: false },
        });
        expect(await bob.next()).to.deep.equal(delivered);
        bob.control({ $case: 'members', members: { room: '' } });
        const { memberList } = await bob.nextControl('memberList');
        expect(memberList.members.map(({ name }) => name)).to.have.members(['alice', 'bob']);
      }),
    );

    it(
      'find the history that others have made',
      scene(transport, async ({ server, full }) => {
        const author = await server.full();
        await join(author, 'dev');
        author.send(
          ...texts(30).map((content) => ({ content, type: MessageType.BROADCAST, room: 'dev' })),
        );
        const written = await author.nextMany(30);
        const reader = await full();
        expect(await join(reader, 'dev', last(10))).to.include({ firstSeq: 21, headSeq: 30 });
        expect(await reader.nextMany(10)).to.deep.equal(written.slice(20));
      }),
    );
  });
}
