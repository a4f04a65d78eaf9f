import { expect } from 'chai';
import protobuf from 'protobufjs';
import { connect, createServer, ErrorCode } from '../../src/index.js';
import type * as Library from '../../src/index.js';
import { schema } from '../../src/protocol/generated/schema.js';
import { nextEvent, rejection } from '../support/chat-clients.js';
import { after, join, joinOf, toRoom } from '../support/rooms.js';
import { TestServer } from '../support/server.js';

// What was made by `npm run freeze`, before the log had other entries than messages.
const folder = new URL('../../../test/earlier/', import.meta.url);
const earlier = {
  connect: ((await import(new URL('client.mjs', folder).href)) as Pick<typeof Library, 'connect'>)
    .connect,
  createServer: (
    (await import(new URL('server.mjs', folder).href)) as Pick<typeof Library, 'createServer'>
  ).createServer,
};

const options = { port: 0, http: false, store: 'memory', drainTimeoutMs: 1000 } as const;

// chat.proto, "Compatibility".
describe('the client of an earlier stage', () => {
  it('chats, reads history and resumes with the server of today', async () => {
    await using server = await createServer(options);
    const [url] = server.urls as [string];
    await using alice = await earlier.connect(url, { name: 'alice', rooms: ['dev'] });
    await using bob = await connect(url, { name: 'bob', rooms: ['dev'] });
    const heard = nextEvent(bob, 'message');
    expect((await alice.send('hello', { room: 'dev' })).seq).to.equal(1);
    expect((await heard)[0]).to.include({ sender: 'alice', content: 'hello' });
    await bob.send('hi', { room: 'dev' });
    const { messages } = await alice.history('dev');
    expect(messages.map(({ content }) => content)).to.deep.equal(['hello', 'hi']);
    const position = alice.rooms[0]!.position!;
    await alice.close();
    await bob.send('again', { room: 'dev' });
    const rooms = [{ room: 'dev', after: position }];
    await using again = await earlier.connect(url, { token: alice.token, rooms });
    expect((await nextEvent(again, 'message'))[0]).to.include({ content: 'again', seq: 3 });
    await again.rename('alicia');
    expect(again.name).to.equal('alicia');
  });
});

describe('the client of an earlier stage, in a room with changes', () => {
  it('stays in order, catches up, reads history and resumes', async () => {
    await using server = await createServer(options);
    const [url] = server.urls as [string];
    await using bob = await connect(url, { name: 'bob', rooms: ['dev'] });
    await using alice = await earlier.connect(url, { name: 'alice', rooms: ['dev'] });
    const heard: string[] = [];
    alice.on('message', ({ content }) => heard.push(content));
    for (const name of ['gap', 'refused', 'state', 'close'] as const) {
      alice.on(name, () => heard.push(`event ${name}`));
    }
    await bob.send('one', { room: 'dev' });
    await bob.send('two', { room: 'dev' });
    await bob.edit('dev', 1, 'ONE');
    await bob.remove('dev', 2);
    await bob.setTopic('dev', 'numbers');
    expect((await alice.send('six', { room: 'dev' })).seq).to.equal(6);
    expect(heard).to.deep.equal(['one', 'two', 'six']);
    const { messages } = await alice.history('dev');
    expect(messages.map(({ content }) => content)).to.deep.equal(['ONE', 'six']);
    const position = { ...alice.rooms[0]!.position!, seq: 1 };
    await using late = await earlier.connect(url, { rooms: [{ room: 'dev', after: position }] });
    const [caughtUp] = await nextEvent(late, 'caughtUp');
    expect(caughtUp).to.deep.equal({ room: 'dev', messages: 1 });
    expect(late.rooms[0]!.position!.seq).to.equal(6);
  });
});

describe('a client made from the schema as it was', () => {
  /** Takes what belongs to changes out of the schema. */
  function withoutChanges(): protobuf.Type {
    const json = structuredClone(schema) as protobuf.INamespace;
    const root = protobuf.Root.fromJSON(json);
    const type = root.lookupType('tcpchat.v1.ChatMessage');
    const fields = ['edit', 'remove', 'setTopic', 'listRooms', 'roomList'];
    fields.push('edited', 'removed', 'topicChanged', 'editedAt');
    for (const name of fields) type.remove(type.fields[name]!);
    return type;
  }

  it('gets the messages of a room with changes, and can count', async () => {
    await using server = await TestServer.start();
    const type = withoutChanges();
    const bob = await server.full('bob');
    await join(bob, 'dev');
    bob.send(toRoom('dev', 'one', 'm1'));
    await bob.untilControl('ack');
    for (const control of [
      { $case: 'edit', edit: { room: 'dev', seq: 1, content: 'ONE' } },
      { $case: 'setTopic', setTopic: { room: 'dev', topic: 'numbers' } },
    ] as const) {
      bob.control(control, { id: control.$case });
      await bob.untilControl('ack');
    }
    bob.send(toRoom('dev', 'four', 'm4'));
    await bob.untilControl('ack');
    const client = await server.full('alice');
    client.control(joinOf('dev', after(0)));
    await client.nextControl('joined');
    const seen: Array<readonly [number, string]> = [];
    for (let count = 0; count < 4; count += 1) {
      const bytes = await client.nextBytes();
      const { seq, content } = type.toObject(type.decode(bytes), { longs: Number, defaults: true });
      seen.push([seq as number, content as string]);
    }
    expect(seen).to.deep.equal([
      [1, 'ONE'],
      [2, ''],
      [3, ''],
      [4, 'four'],
    ]);
  });
});

describe('the server of an earlier stage', () => {
  it('serves the client of today', async () => {
    await using server = await earlier.createServer(options);
    const [url] = server.urls as [string];
    await using alice = await connect(url, { name: 'alice', rooms: ['dev'], device: 'phone' });
    await using beside = await connect(url, { token: alice.token, rooms: ['dev'] });
    const heard = nextEvent(beside, 'message');
    expect((await alice.send('hello', { room: 'dev' })).seq).to.equal(1);
    expect((await heard)[0]).to.include({ sender: 'alice', content: 'hello' });
    expect((await alice.history('dev')).messages).to.have.length(1);
    expect(await alice.members('dev')).to.deep.equal({ names: ['alice'], count: 1 });
    const renamed = nextEvent(beside, 'renamed');
    await alice.rename('alicia');
    expect((await renamed)[0]).to.equal('alicia');
    for (const asked of [alice.edit('dev', 1, 'x'), alice.listRooms()]) {
      expect(await rejection(asked)).to.include({ code: ErrorCode.ERROR_CODE_NOT_SUPPORTED });
    }
    expect(alice.capabilities).to.deep.equal(['rename', 'devices']);
    expect((await alice.send('and on', { room: 'dev' })).seq).to.equal(2);
  });
});
