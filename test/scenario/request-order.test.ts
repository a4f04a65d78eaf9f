import { expect } from 'chai';
import type { ChatMessage } from '../../src/protocol/messages.js';
import { fetchOf, filled, longestMessages, numbers, range, seqsOf } from '../support/rooms.js';
import { TestServer } from '../support/server.js';

const room = 'dev';

// chat.proto, "Full sessions": requests of one session are answered in their order.
describe('fetches, one after the other', () => {
  it('are answered in their order among echoes, each with its id', async () => {
    await using server = await TestServer.start({ rateLimit: 0 });
    const reader = await server.full();
    for (const name of ['a', 'b']) {
      await filled(reader, name, 30);
      await reader.roundTrip();
    }
    const count = 60;
    for (let number = 0; number < count; number += 1) {
      // Now from one room and now from the other, much and little.
      const control = fetchOf(number % 3 === 0 ? 'a' : 'b', (number % 20) + 1);
      reader.send({ control, id: `f${number}` }, { content: `e${number}` });
    }
    const answers = await reader.nextMany(2 * count);
    for (let number = 0; number < count; number += 1) {
      const [{ control, id }, echo] = answers.slice(2 * number) as [ChatMessage, ChatMessage];
      expect(id).to.equal(`f${number}`);
      expect(echo).to.include({ content: `e${number}`, control: undefined });
      if (control?.$case !== 'page') throw new Error(`no page for ${id}`);
      expect(control.page.room).to.equal(number % 3 === 0 ? 'a' : 'b');
      expect(seqsOf(control.page)).to.deep.equal(range(30 - (number % 20), 30));
    }
    await reader.roundTrip();
  });

  it('are answered in their order among other requests and refusals', async () => {
    await using server = await TestServer.start();
    const reader = await server.full();
    await filled(reader, room, 5);
    await reader.roundTrip();
    const fetch = fetchOf(room);
    reader.send(
      { control: fetch, id: '1' },
      { control: { $case: 'ping', ping: { nonce: 2 } }, id: '2' },
      { control: fetchOf('elsewhere'), id: '3' },
      { control: fetch, id: '4' },
      { control: { $case: 'members', members: { room } }, id: '5' },
      { control: fetch, id: '6' },
      { control: { $case: 'leave', leave: { room } }, id: '7' },
      { control: fetch, id: '8' },
      { control: { $case: 'join', join: { room, start: undefined, presence: false } }, id: '9' },
      { control: fetch, id: '10' },
    );
    const kinds = 'page pong error page memberList page left error joined page'.split(' ');
    for (const [index, message] of (await reader.nextMany(10)).entries()) {
      const { control, id } = message;
      expect(control?.$case).to.equal(kinds[index]);
      const named = control?.$case === 'error' ? control.error.id : id;
      expect(named).to.equal(String(index + 1));
    }
    await reader.roundTrip();
  });

  it('cost a reader nothing that others have to wait for', async () => {
    await using server = await TestServer.start({ rateLimit: 0, outboxBytesMax: 65_536 });
    const reader = await server.full();
    await longestMessages(reader, room, 'x', 40);
    reader.pause();
    const count = 300; // some 18 MB
    reader.send(...numbers(count).map((id) => ({ control: fetchOf(room), id })));
    const other = await server.full();
    for (let number = 0; number < 10; number += 1) await other.roundTrip();
    reader.resume();
    for (let number = 1; number <= count; number += 1) {
      const { id, control } = await reader.next();
      expect([id, control?.$case]).to.deep.equal([String(number), 'page']);
    }
    await reader.roundTrip();
  });
});
