import { expect } from 'chai';
import { chatMessage, decodeMessage } from '../../src/protocol/codec.js';
import { Attendance } from '../support/attendance.js';
import {
  expectSeqs,
  join,
  joinOf,
  leave,
  leaveOf,
  membersOf,
  numbers,
  publish,
  after,
} from '../support/rooms.js';
import { mebibyte } from '../support/memory.js';
import { RawClient } from '../support/raw-client.js';
import { ServerProcess } from '../support/server-process.js';
import { TestServer } from '../support/server.js';

// chat.proto, Limits.members_listed_max.
describe('a room with more members than are listed', () => {
  it('is counted, and told whole again when there are fewer', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    const { membersListedMax } = alice.welcome!.limits!;
    const bare = await crowd(server, membersListedMax - 1);
    const attendance = await Attendance.watch(alice, 'lobby');
    expect(attendance.names).to.have.length(membersListedMax);
    expect(attendance.names[0]).to.equal('alice');

    bare.push(...(await crowd(server, 2)));
    await attendance.untilCount(membersListedMax + 2);
    expect(attendance.names).to.deep.equal([]);
    alice.control(membersOf('lobby'));
    const { memberList } = await alice.nextControl('memberList');
    expect(memberList).to.deep.equal({
      room: 'lobby',
      members: [],
      count: membersListedMax + 2,
    });
    // A snapshot names nobody either.
    const again = await Attendance.watch(alice, 'lobby');
    expect(again.names).to.deep.equal([]);
    expect(again.count).to.equal(membersListedMax + 2);

    for (let count = 0; count < 5; count += 1) bare.pop()![Symbol.dispose]();
    await again.untilCount(membersListedMax - 3);
    expect(again.names).to.have.length(membersListedMax - 3);
    expect(again.names[0]).to.equal('alice');
    expect(again.snapshots).to.equal(2);
    bare.pop()![Symbol.dispose]();
    await again.untilCount(membersListedMax - 4);
    expect(again.snapshots).to.equal(2);
  });

  it('is told in frames that fit, though the names are as long as they can be', async () => {
    await using server = await TestServer.start();
    const clients: RawClient[] = [];
    // Names of 128 bytes each: some 500 of them fill a frame.
    for (let number = 0; number < 520; number += 1) clients.push(await server.full(long(number)));
    for (const client of clients) client.control(joinOf('dev'));
    for (const client of clients) await client.nextControl('joined');
    const [alice] = clients as [RawClient];
    alice.control(membersOf('dev'));
    alice.control(joinOf('dev', undefined, true));
    for (let count = 0; count < 3; count += 1) {
      const bytes = await alice.nextBytes();
      const { control } = decodeMessage(bytes, 0, bytes.length);
      expect(bytes.length, control?.$case).to.be.at.most(alice.welcome!.limits!.frameBytesMax);
      if (control?.$case === 'memberList') expect(control.memberList.count).to.equal(520);
    }
  });
});

// chat.proto, Presence.snapshot: "when a lagging reader has caught up".
describe('a session that watches and does not read', () => {
  it('knows who is there when it has caught up', async () => {
    await using server = await TestServer.start({ rateLimit: 0, outboxBytesMax: 65_536 });
    const [alice, author] = [await server.full('alice'), await server.full('author')];
    await join(author, 'dev');
    const attendance = await Attendance.watch(alice, 'dev');
    alice.pause();
    const content = 'x'.repeat(4000);
    await publish(
      author,
      'dev',
      numbers(3000).map((number) => `${number} ${content}`),
    );
    for (let number = 0; number < 20; number += 1) {
      const other = await server.full(`n${number}`);
      await join(other, 'dev');
      if (number % 2 === 0) other.end();
    }
    await server.sessions(12);
    alice.resume();
    let next = 1;
    while (next <= 3000 || attendance.count !== 12) {
      const message = await alice.next();
      if (!attendance.take(message)) expect(message.seq).to.equal(next++);
    }
    const odd = numbers(20, 0).filter((_, number) => number % 2 === 1);
    const names = ['alice', 'author', ...odd.map((number) => `n${number}`)];
    expect(attendance.names).to.deep.equal(names.toSorted());
    await alice.roundTrip();
  });

  it('is told the right thing when it joins far before the head', async () => {
    await using server = await TestServer.start({ rateLimit: 0, outboxBytesMax: 20_000 });
    const author = await server.full('author');
    await join(author, 'dev');
    await publish(author, 'dev', numbers(2000));
    const alice = await server.full('alice');
    const attendance = await Attendance.watch(alice, 'dev', after(0));
    await join(await server.full('bob'), 'dev');
    let next = 1;
    while (next <= 2000 || attendance.count !== 3) {
      const message = await alice.next();
      if (!attendance.take(message)) expect(message.seq).to.equal(next++);
    }
    expect(attendance.names).to.deep.equal(['alice', 'author', 'bob']);
    author.broadcast('2001', { room: 'dev' });
    await expectSeqs(alice, 'dev', 2001, 2001);
  });
});

// "Memory per session is bounded": presence is part of what may wait.
describe('a session that watches many busy rooms and reads nothing', () => {
  it('costs no memory beyond its outbox, and knows who is there when it reads again', async () => {
    const small = { outboxBytesMax: 65_536, logBytesMax: mebibyte, storeBytesMax: mebibyte };
    await using server = await ServerProcess.start({ rateLimit: 0, ...small });
    using watcher = await RawClient.full(server.port, 'watcher');
    using witness = await RawClient.full(server.port, 'witness');
    const rooms = numbers(watcher.welcome!.limits!.roomsMax - 1).map((number) => `room-${number}`);
    const watched = new Map<string, Attendance>();
    for (const room of rooms) watched.set(room, await Attendance.watch(watcher, room));
    const lastRoom = rooms.at(-1)!;
    const seen = await Attendance.watch(witness, lastRoom);
    const people: RawClient[] = [];
    for (const number of numbers(40))
      people.push(await RawClient.full(server.port, long(Number(number))));
    await Promise.all(people.map(async (person) => leave(person, 'lobby')));
    await leave(witness, 'lobby');

    const enter = async (some: readonly RawClient[]): Promise<void> => {
      for (const person of some) person.send(...rooms.map((room) => ({ control: joinOf(room) })));
      await seen.untilCount(2 + some.length);
      for (const person of some) await person.nextMany(rooms.length);
    };
    const go = async (): Promise<void> => {
      for (const person of people)
        person.send(...rooms.map((room) => ({ control: leaveOf(room) })));
      await seen.untilCount(2);
      for (const person of people) await person.nextMany(rooms.length);
    };

    watcher.pause();
    using author = await RawClient.full(server.port, 'author');
    await publish(
      author,
      'lobby',
      Array.from({ length: 3000 }, () => 'x'.repeat(4000)),
    );
    await enter(people);
    await go();
    const before = await server.memoryInUse();
    for (let round = 0; round < 8; round += 1) {
      await enter(people);
      await go();
    }
    // All that has happened takes 8 MiB to tell.
    expect((await server.memoryInUse()) - before).to.be.lessThan(2 * mebibyte);

    const half = people.slice(0, 20);
    await enter(half);
    const isRight = ([room, { count, snapshots }]: [string, Attendance]): boolean =>
      snapshots > 1 && count === half.length + (room === lastRoom ? 2 : 1);
    watcher.resume();
    while (![...watched].every(isRight)) {
      const { presence } = await watcher.untilControl('presence');
      watched.get(presence.room)!.take(chatMessage({ control: { $case: 'presence', presence } }));
    }
    const names = ['watcher', ...half.map(({ name }) => name)].toSorted();
    expect(watched.get(rooms[0]!)!.names).to.deep.equal(names);
    for (const person of people) person[Symbol.dispose]();
  });
});

/** So many bare sessions, which the server is known to have taken. */
async function crowd(server: TestServer, count: number): Promise<RawClient[]> {
  return await Promise.all(Array.from({ length: count }, async () => server.bare()));
}

/** A name as long as a name can be, in characters and in bytes. */
function long(number: number): string {
  const digits = Array.from(String(number).padStart(3, '0'), (digit) =>
    String.fromCodePoint(0x1d7ce + Number(digit)),
  );
  return '\u{10428}'.repeat(29) + digits.join('');
}
