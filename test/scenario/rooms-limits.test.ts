import { expect } from 'chai';
import { ErrorCode, type Control } from '../../src/protocol/messages.js';
import { expectRefusal } from '../support/refusals.js';
import {
  expectSeqs,
  fetchOf,
  filled,
  join,
  joinOf,
  last,
  leave,
  leaveOf,
  membersOf,
  publish,
  toRoom,
} from '../support/rooms.js';
import type { RawClient } from '../support/raw-client.js';
import { TestServer } from '../support/server.js';

const room = 'dev';

// chat.proto, Leave and Left.
describe('a session that leaves a room', () => {
  it('is told so, and gets nothing more of it', async () => {
    await using server = await TestServer.start();
    const author = await filled(await server.full(), room, 3);
    const reader = await server.full();
    await join(reader, room, last(1));
    await expectSeqs(reader, room, 3, 3);
    await leave(reader, room);
    await publish(author, room, ['4']);
    await reader.roundTrip();
    expect(await join(reader, room, last(1))).to.include({ firstSeq: 4, headSeq: 4 });
    await expectSeqs(reader, room, 4, 4);
  });

  it('gets nothing of its history after the answer, though much was on its way', async () => {
    await using server = await TestServer.start({ rateLimit: 0 });
    const author = await filled(await server.full(), room, 2000);
    const reader = await server.full();
    reader.send({ control: joinOf(room, last(2000)) }, { control: leaveOf(room) });
    await reader.untilControl('left');
    await publish(author, room, ['2001']);
    await reader.roundTrip();
  });

  it('can leave the lobby, hear nothing there and say nothing there, and come back', async () => {
    await using server = await TestServer.start();
    const author = await server.full();
    const client = await server.full();
    await leave(client, 'lobby');
    await publish(author, 'lobby', ['1']);
    await client.roundTrip();
    for (const name of ['', 'lobby']) {
      client.send(toRoom(name, 'hi', 'm1'));
      const { id } = await expectRefusal(client, ErrorCode.ERROR_CODE_NOT_IN_ROOM);
      expect(id).to.equal('m1');
    }
    expect(await join(client, 'lobby', last(5))).to.include({ firstSeq: 1, headSeq: 1 });
    await expectSeqs(client, 'lobby', 1, 1);
    client.broadcast('2');
    await expectSeqs(client, 'lobby', 2, 2);
  });

  it('cannot leave it twice', async () => {
    await using server = await TestServer.start();
    const client = await server.full();
    await join(client, room);
    await leave(client, room);
    await expectNotInRoom(client, leaveOf(room));
  });
});

// chat.proto, ERROR_CODE_NOT_IN_ROOM, ERROR_CODE_BAD_ROOM_NAME, ChatMessage.room.
describe('a room that a session is not in', () => {
  for (const control of [leaveOf(room), fetchOf(room), membersOf(room)]) {
    it(`is refused to ${control.$case}, whether others are there or nobody ever was`, async () => {
      await using server = await TestServer.start();
      const client = await server.full();
      await expectNotInRoom(client, control);
      await filled(await server.full(), room, 2);
      await expectNotInRoom(client, control);
    });
  }
});

describe('the name of a room', () => {
  const good = ['a', '0', '7.of_9-', 'a..b', 'x'.repeat(64), 'constructor', 'lobby2'];
  for (const name of good) {
    it(`can be ${name}`, async () => {
      await using server = await TestServer.start();
      const client = await server.full();
      expect(await join(client, name)).to.include({ room: name, firstSeq: 1, headSeq: 0 });
      client.send(toRoom(name, '1'));
      await expectSeqs(client, name, 1, 1);
      await leave(client, name);
    });
  }

  const bad = [
    'Dev',
    '.dev',
    '-dev',
    '_dev',
    'a b',
    ' a',
    'a ',
    'a/b',
    '..',
    'a\n',
    'a\u0000',
    'é',
    '٣',
    '#dev',
    'x'.repeat(65),
  ];
  for (const name of bad) {
    it(`cannot be ${JSON.stringify(name)}`, async () => {
      await using server = await TestServer.start();
      const client = await server.full();
      const controls = [joinOf(name), leaveOf(name), fetchOf(name), membersOf(name)];
      for (const control of controls) {
        client.control(control, { id: 'r1' });
        const { id } = await expectRefusal(client, ErrorCode.ERROR_CODE_BAD_ROOM_NAME);
        expect(id, control.$case).to.equal('r1');
      }
      client.send(toRoom(name, 'hi', 'm1'));
      const { id } = await expectRefusal(client, ErrorCode.ERROR_CODE_BAD_ROOM_NAME);
      expect(id).to.equal('m1');
      await client.roundTrip();
    });
  }

  it('is `lobby` where it is empty in a broadcast', async () => {
    await using server = await TestServer.start();
    const client = await server.full();
    client.send(toRoom('', '1'));
    await expectSeqs(client, 'lobby', 1, 1);
    expect(await join(client, 'lobby', last(1))).to.include({ firstSeq: 1, headSeq: 1 });
    await expectSeqs(client, 'lobby', 1, 1);
  });
});

// chat.proto, Limits.rooms_max and ERROR_CODE_TOO_MANY_ROOMS.
describe('a session in as many rooms as it can be in', () => {
  it('is refused one more, can move in those that it has, and change one for another', async () => {
    await using server = await TestServer.start({ rateLimit: 0 });
    const client = await server.full();
    const { roomsMax } = client.welcome!.limits!;
    // The lobby is one of them.
    for (let number = 2; number <= roomsMax; number += 1) await join(client, `room-${number}`);
    client.control(joinOf('one-more'), { id: 'r1' });
    const { id } = await expectRefusal(client, ErrorCode.ERROR_CODE_TOO_MANY_ROOMS);
    expect(id).to.equal('r1');
    await expectNotInRoom(client, leaveOf('one-more'));

    await join(client, 'room-2', last(1));
    for (const name of ['lobby', 'room-2', `room-${roomsMax}`]) {
      client.send(toRoom(name, '1'));
      await expectSeqs(client, name, 1, 1);
    }
    await leave(client, 'lobby');
    await join(client, 'one-more');
    client.control(joinOf('lobby'));
    await expectRefusal(client, ErrorCode.ERROR_CODE_TOO_MANY_ROOMS);
  });

  it('does not keep others from entering rooms', async () => {
    await using server = await TestServer.start({ rateLimit: 0 });
    const client = await server.full();
    for (let number = 2; number <= 100; number += 1) await join(client, `room-${number}`);
    const other = await server.full();
    for (let number = 101; number < 200; number += 1) await join(other, `room-${number}`);
    await client.roundTrip();
  });
});

async function expectNotInRoom(client: RawClient, control: Control): Promise<void> {
  client.control(control, { id: 'r1' });
  const { id } = await expectRefusal(client, ErrorCode.ERROR_CODE_NOT_IN_ROOM);
  expect(id).to.equal('r1');
  await client.roundTrip();
}
