import { expect } from 'chai';
import { Attendance } from '../support/attendance.js';
import type { RawClient } from '../support/raw-client.js';
import { join, membersOf, publish } from '../support/rooms.js';
import { TestServer } from '../support/server.js';

const options = { rateLimit: 0, outboxBytesMax: 65_536 };

/** Rooms that somebody watches, and one in which so much is said that it waits. */
const [quiet, loud] = ['quiet', 'loud'];

// chat.proto, Hello.token: the connection that the sender had is a lost one.
describe('a sender who comes again while much waits for a connection that reads nothing', () => {
  it('is at once the only one of its name, and nobody is told that it left', async () => {
    await using server = await TestServer.start(options);
    const { alice, inLobby, inRoom } = await scene(server);
    const again = await server.again(alice.welcome!.token);
    expect(await membersIn(again, 'lobby')).to.deep.equal([
      'alice',
      'author',
      'lobbyist',
      'watcher',
    ]);
    await join(again, quiet);
    expect(await membersIn(again, quiet)).to.deep.equal(['alice', 'watcher']);
    await join(again, loud);
    expect(await membersIn(again, loud)).to.deep.equal(['alice', 'author']);

    const carol = await server.full('carol');
    await join(carol, quiet);
    await inRoom.until(['alice', 'carol', 'watcher']);
    await inLobby.until(['alice', 'author', 'carol', 'lobbyist', 'watcher']);
    // The end of the old connection changes nothing.
    alice.socket.resetAndDestroy();
    await server.sessions(5);
    await join(await server.full('dave'), quiet);
    await inRoom.until(['alice', 'carol', 'dave', 'watcher']);
    await inLobby.until(['alice', 'author', 'carol', 'dave', 'lobbyist', 'watcher']);
    for (const attendance of [inRoom, inLobby]) expect(attendance.snapshots).to.equal(1);
  });

  it('is told goodbye after what was on its way, there where it was', async () => {
    await using server = await TestServer.start(options);
    const { alice } = await scene(server);
    await server.again(alice.welcome!.token);
    alice.resume();
    const last = (await alice.untilClosed()).at(-1)!;
    expect(last.control?.$case).to.equal('goodbye');
  });
});

async function scene(
  server: TestServer,
): Promise<{ alice: RawClient; inLobby: Attendance; inRoom: Attendance }> {
  const alice = await server.full('alice');
  for (const room of [quiet, loud]) await join(alice, room);
  const [watcher, lobbyist] = [await server.full('watcher'), await server.full('lobbyist')];
  const inRoom = await Attendance.watch(watcher, quiet);
  const author = await server.full('author');
  await join(author, loud);
  const inLobby = await Attendance.watch(lobbyist, 'lobby');
  alice.pause();
  await publish(
    author,
    loud,
    Array.from({ length: 3000 }, () => 'x'.repeat(4000)),
  );
  return { alice, inLobby, inRoom };
}

async function membersIn(client: RawClient, room: string): Promise<string[]> {
  client.control(membersOf(room));
  const { memberList } = await client.nextControl('memberList');
  return memberList.members.map(({ name }) => name).toSorted();
}
