import { expect } from 'chai';
import { ChatError, connect, ErrorCode } from '../../src/index.js';
import { allEvents, nextEvent, nextMessages, rejection } from '../support/chat-clients.js';
import { ScriptedServer } from '../support/scripted-server.js';

describe('the rooms of a client', () => {
  let server: ScriptedServer;

  beforeEach(async () => {
    server = await ScriptedServer.start();
    for (let count = 1; count <= 10; count += 1) server.publish(`message ${count}`, 'dev');
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  it('are those of its options: each from its own place, without the lobby if that is not named', async () => {
    const rooms = [{ room: 'dev', last: 3 }, 'ops'];
    await using client = await connect(server.url, { rooms });
    const events: string[] = [];
    client.on('joined', ({ room, firstSeq }) => events.push(`joined ${room} from ${firstSeq}`));
    client.on('message', ({ seq }) => events.push(String(seq)));
    client.on('caughtUp', ({ room, messages }) => events.push(`${room}: ${messages}`));
    await nextEvent(client, 'caughtUp');
    expect(events).to.have.members([
      ...['joined dev from 8', '8', '9', '10', 'dev: 3'],
      'joined ops from 1',
    ]);
    server.publish('to the lobby');
    server.publish('to ops', 'ops');
    expect((await nextEvent(client, 'message'))[0].content).to.equal('to ops');
    expect(client.rooms.map(({ room }) => room)).to.deep.equal(['dev', 'ops']);
  });

  it('can be none at all', async () => {
    await using client = await connect(server.url, { rooms: [] });
    expect(client.rooms).to.be.empty;
    expect((await client.send('echo', { type: 0 })).seq).to.equal(0);
    const error = await rejection(client.send('text'));
    expect(error).to.include({ code: ErrorCode.ERROR_CODE_NOT_IN_ROOM });
  });

  it('are entered and left, and one that is left is not entered again on the next connection', async () => {
    await using client = await connect(server.url);
    const joined = await client.join('dev', { last: 0 });
    const { epoch } = server.room('dev');
    expect(joined).to.deep.equal({ room: 'dev', epoch, firstSeq: 11, headSeq: 10, topic: '' });
    const left = nextEvent(client, 'left');
    await client.leave('dev');
    expect(await left).to.deep.equal(['dev']);
    await client.leave('a room that it was never in');
    const opened = nextEvent(client, 'state', ({ kind }) => kind === 'open');
    server.drop();
    await opened;
    expect([...server.peers].map((peer) => [...peer.rooms])).to.deep.equal([['lobby']]);
  });

  it('can be moved in: messages from before the join was answered come again, if at all', async () => {
    await using client = await connect(server.url, { rooms: ['dev'] });
    const { epoch } = server.room('dev');
    const moving = client.join('dev', { after: { epoch, seq: 8 } });
    server.publish('message 11', 'dev');
    const heard = nextMessages(client, 3);
    await moving;
    expect((await heard).map(({ seq }) => seq)).to.deep.equal([9, 10, 11]);
  });

  it('are left after what was sent to them, also when the connection is lost between', async () => {
    await using client = await connect(server.url, { rooms: ['dev'] });
    server.intercept = ({ content, control }) => content !== '' || control?.$case === 'leave';
    const sent = client.send('my last word', { room: 'dev' });
    const leaving = client.leave('dev');
    expect(client.rooms).to.be.empty;
    await server.until(() => server.received[0]!.at(-1)?.control?.$case === 'leave');
    server.intercept = () => false;
    server.drop();
    expect((await sent).seq).to.equal(11);
    await leaving;
    expect(server.received[1]!.map(({ control }) => control?.$case)).to.deep.equal([
      'hello',
      'join',
      'leave',
      undefined,
      'leave',
    ]);
  });

  it('may be left and entered in one go', async () => {
    await using client = await connect(server.url, { rooms: ['dev'] });
    const leaving = client.leave('dev');
    const joining = client.join('dev', { last: 1 });
    const message = nextEvent(client, 'message');
    await leaving;
    expect((await joining).firstSeq).to.equal(10);
    expect((await message)[0].seq).to.equal(10);
  });

  it('may be left and entered in one go, also when the connection is lost before the answers', async () => {
    await using client = await connect(server.url, { rooms: ['dev'] });
    server.intercept = ({ control }) => control?.$case === 'leave' || control?.$case === 'join';
    const leaving = client.leave('dev');
    const joining = client.join('dev', { last: 1 });
    await server.until(() => server.received[0]!.at(-1)?.control?.$case === 'join');
    server.intercept = () => false;
    server.drop();
    await leaving;
    expect((await joining).headSeq).to.equal(10);
    expect(client.rooms.map(({ room }) => room)).to.deep.equal(['dev']);
    await client.send('still in', { room: 'dev' });
  });

  it('may be left twice in one go, which is asked for once and refused by nobody', async () => {
    // A server that does as chat.proto says: who is not in a room cannot leave it.
    server.intercept = ({ control, id }, peer) => {
      if (control?.$case !== 'leave' || peer.rooms.has(control.leave.room)) return false;
      peer.refuse(id, ErrorCode.ERROR_CODE_NOT_IN_ROOM);
      return true;
    };
    await using client = await connect(server.url, { rooms: ['dev'] });
    const refusals = allEvents(client, 'refused');
    await Promise.all([client.leave('dev'), client.leave('dev')]);
    await client.leave('dev');
    // An answer to anything more that was asked would be here by now.
    await client.send('echo', { type: 0 });
    expect(refusals).to.deep.equal([]);
    const left = server.received[0]!.flatMap(({ control }) =>
      control?.$case === 'leave' ? [control.leave.room] : [],
    );
    expect(left).to.deep.equal(['lobby', 'dev']);
  });

  it('have names: with another the request is refused at once, and nothing is sent', async () => {
    await using client = await connect(server.url, { rooms: ['dev'] });
    for (const name of ['A', '../a', 'a b', '-', 'x'.repeat(65), '\ud800']) {
      for (const request of [
        async () => client.send('text', { room: name }),
        async () => client.join(name),
        async () => client.history(name),
        async () => client.members(name),
      ]) {
        const error = await rejection(request());
        expect(error).to.be.an.instanceof(ChatError);
        expect(error, name).to.include({ code: ErrorCode.ERROR_CODE_BAD_ROOM_NAME });
      }
    }
    expect((await client.send('still here', { room: 'dev' })).seq).to.equal(11);
    expect(server.received).to.have.length(1);
    const kinds = server.received[0]!.map(({ control }) => control?.$case);
    expect(kinds).to.deep.equal(['hello', 'join', 'leave', undefined]);
  });

  it('are told when they were left for another reason', async () => {
    await using client = await connect(server.url);
    const left = nextEvent(client, 'left');
    const [peer] = server.peers;
    peer!.control({ $case: 'left', left: { room: 'lobby' } });
    expect(await left).to.deep.equal(['lobby']);
    expect(client.rooms).to.be.empty;
  });

  it('are not entered when the server refuses it, and places are kept when it refuses to move', async () => {
    await using client = await connect(server.url, { rooms: ['dev'] });
    server.intercept = ({ control, id }, peer) => {
      if (control?.$case !== 'join') return false;
      peer.refuse(id, ErrorCode.ERROR_CODE_TOO_MANY_ROOMS);
      return true;
    };
    const error = await rejection(client.join('attic'));
    expect(error).to.include({ code: ErrorCode.ERROR_CODE_TOO_MANY_ROOMS });
    expect(client.rooms.map(({ room }) => room)).to.deep.equal(['dev']);

    const refused = rejection(client.join('dev', { last: 5 }));
    const message = nextEvent(client, 'message');
    server.publish('message 11', 'dev');
    await refused;
    server.intercept = () => false;
    // What came before the refusal was dropped, so the place is taken up again.
    expect((await message)[0].seq).to.equal(11);
  });

  it('have a history that is read in pages, from either end', async () => {
    await using client = await connect(server.url, { rooms: ['dev'] });
    server.expire('dev', 2);
    const newest = await client.history('dev', { limit: 4 });
    expect(newest.messages.map(({ seq }) => seq)).to.deep.equal([7, 8, 9, 10]);
    expect(newest).to.include({ end: false, tailSeq: 3, epoch: server.room('dev').epoch });
    const older = await client.history('dev', { before: 7, limit: 50 });
    expect(older.messages.map(({ seq }) => seq)).to.deep.equal([3, 4, 5, 6]);
    expect(older.end).to.equal(true);
    const after = await client.history('dev', { after: 8 });
    expect(after.messages.map(({ content }) => content)).to.deep.equal(['message 9', 'message 10']);
  });

  it('have members', async () => {
    await using alice = await connect(server.url, { name: 'alice' });
    await using _bob = await connect(server.url, { name: 'bob' });
    expect(await alice.members('lobby')).to.deep.equal({ names: ['alice', 'bob'], count: 2 });
  });

  it('tell who comes and goes, where that was asked for', async () => {
    await using client = await connect(server.url, { rooms: [{ room: 'dev', presence: true }] });
    const join = server.received[0]!.find(({ control }) => control?.$case === 'join')!.control;
    expect(join).to.deep.include({ join: { room: 'dev', start: undefined, presence: true } });
    const changes = allEvents(client, 'presence');
    const [peer] = server.peers;
    const members = { joined: [{ name: 'bob' }], left: [{ name: 'carol' }] };
    const renamed = [{ before: 'carol', name: 'bob' }];
    const presence = { room: 'dev', ...members, count: 2, snapshot: false, renamed };
    peer!.control({ $case: 'presence', presence });
    await nextEvent(client, 'presence');
    expect(changes).to.deep.equal([{ ...presence, joined: ['bob'], left: ['carol'] }]);
  });
});
