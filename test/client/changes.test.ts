import { expect } from 'chai';
import { connect, createServer, ErrorCode, type ChatServer } from '../../src/index.js';
import { nextEvent, rejection } from '../support/chat-clients.js';
import { ScriptedServer } from '../support/scripted-server.js';

describe('a client that changes a room', () => {
  let server: ChatServer;
  let url: string;

  beforeEach(async () => {
    server = await createServer({ port: 0, http: false, store: 'memory', drainTimeoutMs: 1000 });
    url = server.urls[0]!;
  });

  afterEach(async () => {
    await server.close();
  });

  it('edits, removes and sets topics, and others are told', async () => {
    await using alice = await connect(url, { name: 'alice', rooms: ['dev'] });
    await using bob = await connect(url, { name: 'bob', rooms: ['dev'] });
    const { seq } = await alice.send('helo', { room: 'dev' });
    const edited = nextEvent(bob, 'edited');
    expect(await alice.edit('dev', seq, 'hello')).to.include({ seq: 2, duplicate: false });
    expect((await edited)[0]).to.include({ room: 'dev', seq, content: 'hello', sender: 'alice' });
    const topic = nextEvent(bob, 'topic');
    await bob.setTopic('dev', 'greetings');
    expect((await topic)[0]).to.include({ room: 'dev', topic: 'greetings', sender: 'bob' });
    expect(bob.rooms).to.deep.include({ ...bob.rooms[0]!, topic: 'greetings' });
    const removed = nextEvent(bob, 'removed');
    await alice.remove('dev', seq);
    expect((await removed)[0]).to.include({ room: 'dev', seq, sender: 'alice' });
    expect(await rejection(alice.edit('dev', seq, 'too late'))).to.include({
      code: ErrorCode.ERROR_CODE_NO_SUCH_MESSAGE,
    });
    expect(await rejection(alice.remove('ops', 1))).to.include({
      code: ErrorCode.ERROR_CODE_NOT_IN_ROOM,
    });
  });

  it('reads messages as they are now, and which are removed', async () => {
    await using alice = await connect(url, { rooms: ['dev'] });
    for (const content of ['one', 'two', 'three']) await alice.send(content, { room: 'dev' });
    await alice.edit('dev', 1, 'ONE');
    await alice.remove('dev', 2);
    const page = await alice.history('dev');
    expect(page.messages.map(({ seq, content }) => [seq, content])).to.deep.equal([
      [1, 'ONE'],
      [3, 'three'],
    ]);
    expect(page.messages[0]!.editedAt).to.be.instanceOf(Date);
    expect(page).to.deep.include({ removed: [2], firstSeq: 1, lastSeq: 5, end: true });
    await using reader = await connect(url, { rooms: [{ room: 'dev', last: 10 }] });
    const [caughtUp] = await nextEvent(reader, 'caughtUp');
    expect(caughtUp).to.deep.equal({ room: 'dev', messages: 2 });
    expect(reader.rooms[0]!.position!.seq).to.equal(5);
  });

  it('lists the rooms of the server, which says that it can', async () => {
    await using alice = await connect(url, { rooms: ['dev', 'ops'] });
    expect(alice.capabilities).to.include.members(['changes', 'room-list']);
    for (const room of ['dev', 'ops']) await alice.send('hello', { room });
    await alice.setTopic('ops', 'work');
    expect(await alice.listRooms()).to.deep.equal({
      rooms: [
        { name: 'dev', topic: '', people: 1, headSeq: 1 },
        { name: 'ops', topic: 'work', people: 1, headSeq: 2 },
      ],
      end: true,
    });
    expect((await alice.listRooms({ after: 'dev', limit: 1 })).rooms).to.have.length(1);
  });

  it('does it on the next connection when there is none, once', async () => {
    await using alice = await connect(url, { rooms: ['dev'] });
    await alice.send('helo', { room: 'dev' });
    const waiting = nextEvent(alice, 'state');
    alice.reconnect();
    const edit = alice.edit('dev', 1, 'hello');
    await waiting;
    expect((await edit).seq).to.equal(2);
    expect((await alice.history('dev')).lastSeq).to.equal(2);
  });
});

describe('a change of a message', () => {
  it('is not made in another numbering of its room', async () => {
    await using server = await ScriptedServer.start();
    server.publish('one', 'dev');
    await using alice = await connect(server.url, { rooms: ['dev'] });
    const requests: string[] = [];
    server.intercept = ({ control }) => {
      if (control?.$case !== 'edit') return false;
      requests.push(control.edit.content);
      return true;
    };
    const edit = rejection(alice.edit('dev', 1, 'ONE'));
    await server.until(() => requests.length === 1);
    const opened = nextEvent(alice, 'state', ({ kind }) => kind === 'open');
    server.rooms.clear();
    server.drop();
    await opened;
    expect(await edit).to.include({ code: ErrorCode.ERROR_CODE_NO_SUCH_MESSAGE });
    expect(requests).to.have.length(1);
  });
});
