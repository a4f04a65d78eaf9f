import { expect } from 'chai';
import { Attendance } from '../support/attendance.js';
import {
  expectSeqs,
  filled,
  join,
  joinOf,
  last,
  leave,
  leaveOf,
  membersOf,
} from '../support/rooms.js';
import type { RawClient } from '../support/raw-client.js';
import { TestServer } from '../support/server.js';

const room = 'dev';

// chat.proto, Members and MemberList.
describe('members', () => {
  it('are all who are in the room, the one who asks among them, and how many', async () => {
    await using server = await TestServer.start();
    const clients = [await server.full('alice'), await server.full('bob'), await server.full()];
    for (const client of clients) await join(client, room);
    await server.full('elsewhere');
    const names = clients.map(({ name }) => name).toSorted();
    for (const client of clients) {
      expect(await membersIn(client, room)).to.deep.equal(names);
      await client.roundTrip();
    }
  });

  it('of the lobby are everybody, bare sessions as guests', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    await server.bare();
    await server.connect(); // as soon as the connection stands
    await server.sessions(3);
    const [first, ...guests] = await membersIn(alice, 'lobby');
    expect(first).to.equal('alice');
    expect(guests).to.have.length(2);
    for (const guest of guests) expect(guest).to.match(/^guest-\d+(\.\d+)?$/);
  });

  it('are those of now: without who has left, been lost or entered anew', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    const [bob, carol] = [await server.full('bob'), await server.full('carol')];
    for (const client of [alice, bob, carol]) await join(client, room);
    await leave(bob, room);
    expect(await membersIn(alice, room)).to.deep.equal(['alice', 'carol']);
    await join(bob, room);
    await join(bob, room, last(3));
    expect(await membersIn(alice, room)).to.deep.equal(['alice', 'bob', 'carol']);
    carol.socket.resetAndDestroy();
    await server.sessions(2);
    expect(await membersIn(alice, room)).to.deep.equal(['alice', 'bob']);
    const again = await server.again(bob.welcome!.token, 'robert');
    await bob.closed();
    expect(await membersIn(alice, room)).to.deep.equal(['alice']);
    await join(again, room);
    expect(await membersIn(alice, room)).to.deep.equal(['alice', 'robert']);
  });

  it('come in their order among other requests, with the id of theirs', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    alice.send(
      { control: joinOf(room), id: '1' },
      { control: membersOf(room), id: '2' },
      { content: '3' },
    );
    const [joined, members, echo] = await alice.nextMany(3);
    expect([joined!.control?.$case, joined!.id]).to.deep.equal(['joined', '1']);
    expect(members).to.deep.include({
      id: '2',
      control: {
        $case: 'memberList',
        memberList: { room, members: [{ name: 'alice' }], count: 1 },
      },
    });
    expect(echo).to.include({ content: '3' });
  });
});

// chat.proto, Presence, Join.presence.
describe('a session that asks for presence', () => {
  it('is told right after `joined` who is there, itself among them, and then who comes and goes', async () => {
    await using server = await TestServer.start();
    const bob = await server.full('bob');
    await join(bob, room);
    const alice = await server.full('alice');
    const attendance = await Attendance.watch(alice, room);
    expect(attendance.names).to.deep.equal(['alice', 'bob']);
    expect(attendance.count).to.equal(2);

    const carol = await server.full('carol');
    await join(carol, room);
    await attendance.until(['alice', 'bob', 'carol']);
    await leave(bob, room);
    await attendance.until(['alice', 'carol']);
    carol.socket.resetAndDestroy();
    await attendance.until(['alice']);
    await join(bob, room);
    await attendance.until(['alice', 'bob']);
    expect(attendance.notices).to.equal(5);
    expect(attendance.snapshots).to.equal(1);
  });

  it('is told, the others are not', async () => {
    await using server = await TestServer.start();
    const [alice, bob, bare] = [await server.full(), await server.full(), await server.bare()];
    await join(bob, room);
    const inRoom = await Attendance.watch(alice, room);
    const inLobby = await Attendance.watch(alice, 'lobby');
    const carol = await server.full('carol');
    await inLobby.untilCount(4);
    await join(carol, room);
    await inRoom.untilCount(3);
    carol.end();
    while (inRoom.count > 2 || inLobby.count > 3) {
      const message = await alice.next();
      const { control } = message;
      if (control?.$case !== 'presence') throw new Error(`no presence: ${control?.$case}`);
      (control.presence.room === room ? inRoom : inLobby).take(message);
    }
    for (const client of [bob, bare]) await client.roundTrip();
  });

  it('is told together of changes that come quickly after one another', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    const attendance = await Attendance.watch(alice, room);
    const others: RawClient[] = [];
    for (let number = 0; number < 50; number += 1) others.push(await server.full(`n${number}`));
    for (const other of others) other.control(joinOf(room));
    await attendance.until(['alice', ...others.map(({ name }) => name)]);
    expect(attendance.notices).to.be.lessThan(26);
    for (const other of others) await other.nextControl('joined');
    for (const other of others) other.end();
    await attendance.until(['alice']);
    expect(attendance.notices).to.be.lessThan(51);
  });

  it('is told the right thing when one comes and goes and comes', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    const attendance = await Attendance.watch(alice, room);
    const [bob, carol] = [await server.full('bob'), await server.full('carol')];
    for (let round = 0; round < 10; round += 1) {
      await join(bob, room);
      await leave(bob, room);
    }
    await join(carol, room);
    await attendance.until(['alice', 'carol']);
    await join(bob, room);
    await attendance.until(['alice', 'bob', 'carol']);
  });

  it('is not told of those as coming who were in its snapshot, though others are told now', async () => {
    await using server = await TestServer.start();
    const [alice, bob] = [await server.full('alice'), await server.full('bob')];
    const first = await Attendance.watch(alice, room);
    const second = await Attendance.watch(bob, room);
    await first.until(['alice', 'bob']);
    await join(await server.full('carol'), room);
    await first.until(['alice', 'bob', 'carol']);
    const { joined } = await second.next();
    expect(joined).to.deep.equal([{ name: 'carol' }]);
  });

  it('is no longer told when it joins again without, and is told anew when it joins with', async () => {
    await using server = await TestServer.start();
    const [alice, witness] = [await server.full('alice'), await server.full('witness')];
    const seen = await Attendance.watch(witness, room);
    await Attendance.watch(alice, room);
    await join(alice, room);
    const bob = await server.full('bob');
    await join(bob, room);
    await seen.until(['alice', 'bob', 'witness']);
    await alice.roundTrip();
    const again = await Attendance.watch(alice, room);
    expect(again.names).to.deep.equal(['alice', 'bob', 'witness']);
    await leave(bob, room);
    await again.until(['alice', 'witness']);
    await seen.until(['alice', 'witness']);
    // Who joins again has neither left nor come.
    expect(seen.notices).to.be.at.most(4);
  });

  it('is no longer told when it has left, not even of itself', async () => {
    await using server = await TestServer.start();
    const [alice, witness] = [await server.full('alice'), await server.full('witness')];
    const seen = await Attendance.watch(witness, room);
    await Attendance.watch(alice, room);
    await seen.until(['alice', 'witness']);
    alice.control(leaveOf(room));
    await alice.untilControl('left');
    await seen.until(['witness']);
    await join(await server.full('bob'), room);
    await seen.until(['bob', 'witness']);
    await alice.roundTrip();
  });

  it('sees a guest of the lobby get a name by hello', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    const attendance = await Attendance.watch(alice, 'lobby');
    const client = await server.connect();
    await attendance.untilCount(2);
    expect(attendance.names[1]).to.match(/^guest-/);
    client.hello('bob');
    await attendance.until(['alice', 'bob']);
    expect(attendance.count).to.equal(2);
    await client.nextControl('welcome');
    client.end();
    await attendance.until(['alice']);
  });

  it('sees the sender who comes again with its token under its new name', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    const attendance = await Attendance.watch(alice, 'lobby');
    const bob = await server.full('bob');
    await attendance.until(['alice', 'bob']);
    await server.again(bob.welcome!.token, 'robert');
    await attendance.until(['alice', 'robert']);
    const same = await server.again(alice.welcome!.token);
    expect(await membersIn(same, 'lobby')).to.deep.equal(['alice', 'robert']);
  });

  it('gets the history that it asked for as well', async () => {
    await using server = await TestServer.start();
    await filled(await server.full('author'), room, 10);
    const alice = await server.full('alice');
    const attendance = await Attendance.watch(alice, room, last(5));
    expect(attendance.names).to.deep.equal(['alice', 'author']);
    for (let seq = 6; seq <= 10;) {
      const message = await alice.next();
      if (!attendance.take(message)) expect(message.seq).to.equal(seq++);
    }
    await join(await server.full('bob'), room);
    await attendance.until(['alice', 'author', 'bob']);
    alice.broadcast('11', { room });
    await expectSeqs(alice, room, 11, 11);
  });
});

async function membersIn(client: RawClient, name: string): Promise<string[]> {
  client.control(membersOf(name));
  const { memberList } = await client.nextControl('memberList');
  expect(memberList).to.include({ room: name, count: memberList.members.length });
  return memberList.members.map((member) => member.name).toSorted();
}
