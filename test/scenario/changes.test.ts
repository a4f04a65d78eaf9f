import { expect } from 'chai';
import { ErrorCode, MessageType, type ChatMessage } from '../../src/protocol/messages.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import type { RawClient } from '../support/raw-client.js';
import { after, fetchPage, join, toRoom } from '../support/rooms.js';
import { TestServer } from '../support/server.js';
import { WebSocketClient } from '../support/websocket-client.js';

const room = 'dev';

/** What an entry says, in short. */
function inShort({ seq, content, type, control, editedAt }: ChatMessage): string {
  switch (control?.$case) {
    case 'edited':
      return `${seq}: ${control.edited.seq} is "${control.edited.content}"`;
    case 'removed':
      return `${seq}: ${control.removed.seq} is removed`;
    case 'topicChanged':
      return `${seq}: topic "${control.topicChanged.topic}"`;
    default:
      expect(type).to.equal(MessageType.BROADCAST);
      return `${seq}: ${content}${editedAt === undefined ? '' : ' (edited)'}`;
  }
}

/** Asks for a change and waits for its ack; entries that come before are dropped. */
async function acked(client: RawClient, send: (id: string) => void, id: string): Promise<number> {
  send(id);
  const { ack } = await client.untilControl('ack');
  expect(ack).to.include({ id, room });
  return ack.seq;
}

async function say(client: RawClient, content: string, id = content): Promise<number> {
  return await acked(client, () => client.send(toRoom(room, content, id)), id);
}

async function edit(client: RawClient, seq: number, content: string, id = ''): Promise<number> {
  const send = (): void =>
    client.control({ $case: 'edit', edit: { room, seq, content } }, { id: id || `e${content}` });
  return await acked(client, send, id || `e${content}`);
}

async function remove(client: RawClient, seq: number, id = `r${seq}`): Promise<number> {
  return await acked(
    client,
    () => client.control({ $case: 'remove', remove: { room, seq } }, { id }),
    id,
  );
}

async function setTopic(client: RawClient, topic: string): Promise<number> {
  const control = { $case: 'setTopic', setTopic: { room, topic } } as const;
  return await acked(client, () => client.control(control, { id: `t${topic}` }), `t${topic}`);
}

/** The next so many entries of the room, in short; answers in between are dropped. */
async function entries(client: RawClient, count: number): Promise<string[]> {
  const all: string[] = [];
  while (all.length < count) {
    const message = await client.next();
    if (message.seq > 0) all.push(inShort(message));
  }
  return all;
}

/** All that a newcomer reads of a room. */
async function readAll(server: TestServer, count: number): Promise<string[]> {
  const reader = await server.full();
  await join(reader, room, after(0));
  return await entries(reader, count);
}

// chat.proto, "Edits, removals and topics".
for (const store of ['memory', 'sqlite'] as const) {
  describe(`changes in a room's log, with ${store}`, () => {
    let data: string;
    let server: TestServer;
    let alice: RawClient;
    let bob: RawClient;

    beforeEach(async () => {
      data = await makeFolder();
      server = await TestServer.start({ store, data, rateLimit: 0 });
      alice = await server.full('alice');
      bob = await server.full('bob');
      for (const client of [alice, bob]) await join(client, room);
    });

    afterEach(async () => {
      await server[Symbol.asyncDispose]();
      await removeFolder(data);
    });

    it('come to everybody as entries, with a number, a sender and a time', async () => {
      const reader = await server.full();
      await join(reader, room);
      await say(alice, 'hello');
      expect(await edit(alice, 1, 'hello all')).to.equal(2);
      expect(await setTopic(bob, 'greetings')).to.equal(3);
      expect(await remove(alice, 1)).to.equal(4);
      const messages = await reader.until(({ seq }) => seq === 4, 'the last one');
      const got = messages.filter(({ seq }) => seq > 0);
      expect(got.map(inShort)).to.deep.equal([
        '1: hello',
        '2: 1 is "hello all"',
        '3: topic "greetings"',
        '4: 1 is removed',
      ]);
      expect(got.map(({ sender }) => sender)).to.deep.equal(['alice', 'alice', 'bob', 'alice']);
      for (const { room: where, sentAt, id } of got) {
        expect(where).to.equal(room);
        expect(sentAt!.getTime()).to.be.closeTo(Date.now(), 60_000);
        expect(id).not.to.equal('');
      }
    });

    it('show whoever reads later the messages as they are now', async () => {
      for (const content of ['one', 'two', 'three']) await say(alice, content);
      await edit(alice, 1, 'ONE');
      await edit(alice, 2, 'TWO');
      await remove(alice, 2);
      await setTopic(alice, 'numbers');
      const expected = [
        '1: ONE (edited)',
        '2: 2 is removed',
        '3: three',
        '4: 1 is "ONE"',
        '5: 2 is removed',
        '6: 2 is removed',
        '7: topic "numbers"',
      ];
      expect(await readAll(server, 7)).to.deep.equal(expected);
      expect((await fetchPage(alice, room)).messages.map(inShort)).to.deep.equal(expected);
      const reader = await server.full();
      expect((await join(reader, room)).topic).to.equal('numbers');
    });

    it('are there after a restart, if the rooms are', async () => {
      if (store === 'memory') return;
      await say(alice, 'secret');
      await edit(alice, 1, 'still secret');
      await say(alice, 'public');
      await edit(alice, 3, 'PUBLIC');
      await remove(alice, 1);
      await setTopic(alice, 'news');
      await server[Symbol.asyncDispose]();
      server = await TestServer.start({ store, data });
      const reader = await server.full();
      expect((await join(reader, room, after(0))).topic).to.equal('news');
      expect(await entries(reader, 6)).to.deep.equal([
        '1: 1 is removed',
        '2: 1 is removed',
        '3: PUBLIC (edited)',
        '4: 3 is "PUBLIC"',
        '5: 1 is removed',
        '6: topic "news"',
      ]);
    });

    it('are for the author of a message alone, on whatever device', async () => {
      await say(alice, 'mine');
      for (const control of [
        { $case: 'edit', edit: { room, seq: 1, content: 'yours' } },
        { $case: 'remove', remove: { room, seq: 1 } },
      ] as const) {
        bob.control(control, { id: 'c1' });
        const messages = await bob.until(({ control: one }) => one?.$case === 'error', 'an error');
        const { control: error } = messages.at(-1)!;
        expect(error?.$case === 'error' && error.error).to.include({
          code: ErrorCode.ERROR_CODE_NOT_YOURS,
          id: 'c1',
        });
      }
      const laptop = await server.connect();
      const credential = { $case: 'token', token: alice.welcome!.token } as const;
      const hello = { version: 1, name: '', capabilities: [], client: '', device: 'laptop' };
      laptop.control({ $case: 'hello', hello: { ...hello, credential } });
      await laptop.nextControl('welcome');
      await join(laptop, room);
      expect(await edit(laptop, 1, 'from my laptop')).to.equal(2);
    });

    it('are refused for what is not there, or not a message', async () => {
      await say(alice, 'one');
      await remove(alice, 1);
      await setTopic(alice, 'topic');
      const missing = ErrorCode.ERROR_CODE_NO_SUCH_MESSAGE;
      for (const seq of [0, 1, 2, 3, 4, 2 ** 53 - 1]) {
        alice.control({ $case: 'edit', edit: { room, seq, content: 'x' } }, { id: `x${seq}` });
        const { id } = await nextError(alice, missing);
        expect(id).to.equal(`x${seq}`);
      }
    });

    it('hold to what holds for messages: a room that one is in, a text, and not too long', async () => {
      await say(alice, 'one');
      const refused = async (
        control: Parameters<RawClient['control']>[0],
        code: ErrorCode,
      ): Promise<void> => {
        alice.control(control, { id: 'c' });
        await nextError(alice, code);
      };
      const long = 'x'.repeat(4097);
      await refused(
        { $case: 'edit', edit: { room: 'ops', seq: 1, content: 'x' } },
        ErrorCode.ERROR_CODE_NOT_IN_ROOM,
      );
      await refused(
        { $case: 'edit', edit: { room, seq: 1, content: '' } },
        ErrorCode.ERROR_CODE_EMPTY_CONTENT,
      );
      await refused(
        { $case: 'edit', edit: { room, seq: 1, content: long } },
        ErrorCode.ERROR_CODE_CONTENT_TOO_LONG,
      );
      await refused(
        { $case: 'setTopic', setTopic: { room, topic: long } },
        ErrorCode.ERROR_CODE_CONTENT_TOO_LONG,
      );
    });

    it('are at most Limits.edits_max for one message, which can be removed after that', async () => {
      await say(alice, 'one');
      for (let count = 1; count <= 100; count += 1) await edit(alice, 1, String(count));
      alice.control({ $case: 'edit', edit: { room, seq: 1, content: 'x' } }, { id: 'x' });
      await nextError(alice, ErrorCode.ERROR_CODE_TOO_MANY_EDITS);
      await remove(alice, 1);
      await say(alice, 'two');
      await edit(alice, 103, 'TWO');
    });

    it('are accepted once for each id, and so are messages that were changed', async () => {
      await say(alice, 'hello', 'm1');
      await edit(alice, 1, 'hi', 'e1');
      await remove(alice, 1, 'r1');
      for (const [id, send] of [
        ['m1', () => alice.send(toRoom(room, 'hello', 'm1'))],
        [
          'e1',
          () =>
            alice.control({ $case: 'edit', edit: { room, seq: 1, content: 'hi' } }, { id: 'e1' }),
        ],
        ['r1', () => alice.control({ $case: 'remove', remove: { room, seq: 1 } }, { id: 'r1' })],
      ] as const) {
        send();
        const { ack } = await alice.untilControl('ack');
        expect(ack).to.include({ id, duplicate: true });
      }
      alice.send(toRoom(room, 'something else', 'm1'));
      await nextError(alice, ErrorCode.ERROR_CODE_ID_REUSED);
      await say(bob, 'next');
      expect(await readAll(server, 4)).to.deep.equal([
        '1: 1 is removed',
        '2: 1 is removed',
        '3: 1 is removed',
        '4: next',
      ]);
    });

    it('reach neither bare sessions nor plain lines, which get the messages around them', async () => {
      const bare = await server.bare();
      using lines = await WebSocketClient.open(server.chat.httpPort!);
      lines.sendText('here');
      expect(await lines.nextText()).to.equal('here');
      await bare.next();
      const lobby = await server.full('carol');
      await join(lobby, 'lobby');
      lobby.send(toRoom('lobby', 'before', 'm1'));
      const { ack } = await lobby.untilControl('ack');
      const edited = { room: 'lobby', seq: ack.seq, content: 'changed' };
      lobby.control({ $case: 'edit', edit: edited }, { id: 'e1' });
      await lobby.untilControl('ack');
      lobby.send(toRoom('lobby', 'after', 'm2'));
      for (const content of ['before', 'after']) {
        expect(await bare.next()).to.include({ content: `(broadcast)${content}` });
        expect(await lines.nextText()).to.equal(`[carol] ${content}`);
      }
    });

    it('leave a slow reader with the same texts', async () => {
      const { epoch } = await join(await server.full(), room);
      for (let seq = 1; seq <= 20; seq += 1) await say(alice, `message ${seq}`);
      await edit(alice, 5, 'five');
      await remove(alice, 6);
      const reader = await server.full();
      await join(reader, room, after(4, epoch));
      expect(await entries(reader, 3)).to.deep.equal([
        '5: five (edited)',
        '6: 6 is removed',
        '7: message 7',
      ]);
    });
  });
}

async function nextError(client: RawClient, code: ErrorCode): Promise<{ id: string }> {
  const messages = await client.until(({ control }) => control?.$case === 'error', 'an error');
  const { control } = messages.at(-1)!;
  if (control?.$case !== 'error') throw new Error('no error');
  expect(control.error.code).to.equal(code);
  return control.error;
}

// chat.proto, ListRooms.
describe('the list of rooms', () => {
  async function list(
    client: RawClient,
    options: { prefix?: string; after?: string; limit?: number } = {},
  ): Promise<[string[], boolean]> {
    const listRooms = { prefix: '', after: '', limit: 0, ...options };
    client.control({ $case: 'listRooms', listRooms });
    const messages = await client.until(({ control }) => control?.$case === 'roomList', 'a list');
    const { control } = messages.at(-1)!;
    if (control?.$case !== 'roomList') throw new Error('no list');
    const { rooms, end } = control.roomList;
    return [
      rooms.map(({ name, topic, people, headSeq }) => `${name} ${topic}/${people}/${headSeq}`),
      end,
    ];
  }

  for (const store of ['memory', 'sqlite'] as const) {
    it(`has those in which something was said, page by page, with ${store}`, async () => {
      const data = await makeFolder();
      try {
        await using server = await TestServer.start({ store, data });
        const alice = await server.full('alice');
        for (const name of ['ops', 'dev', 'dev-2', 'empty', 'deva']) await join(alice, name);
        for (const name of ['ops', 'dev', 'dev-2', 'deva']) {
          alice.send(toRoom(name, 'hello', name));
          await alice.untilControl('ack');
        }
        alice.control({ $case: 'setTopic', setTopic: { room: 'ops', topic: 'work' } }, { id: 't' });
        await alice.untilControl('ack');
        alice.control({ $case: 'leave', leave: { room: 'deva' } });
        await alice.untilControl('left');
        expect(await list(alice)).to.deep.equal([
          ['dev /1/1', 'dev-2 /1/1', 'deva /0/1', 'ops work/1/2'],
          true,
        ]);
        expect(await list(alice, { prefix: 'dev', limit: 2 })).to.deep.equal([
          ['dev /1/1', 'dev-2 /1/1'],
          false,
        ]);
        expect(await list(alice, { prefix: 'dev', after: 'dev-2', limit: 2 })).to.deep.equal([
          ['deva /0/1'],
          true,
        ]);
        expect(await list(alice, { prefix: 'x' })).to.deep.equal([[], true]);
        expect(await list(alice, { after: 'ops' })).to.deep.equal([[], true]);
      } finally {
        await removeFolder(data);
      }
    });
  }

  it('fits in a frame, however long the topics are', async () => {
    await using server = await TestServer.start({ rateLimit: 0 });
    const alice = await server.full('alice');
    for (let index = 10; index < 40; index += 1) {
      await join(alice, `room${index}`);
      const setTopic = { room: `room${index}`, topic: 'x'.repeat(4096) };
      alice.control({ $case: 'setTopic', setTopic }, { id: `t${index}` });
      await alice.untilControl('ack');
    }
    const names: string[] = [];
    for (let end = false; !end;) {
      const [rooms, isEnd] = await list(alice, { after: names.at(-1) ?? '' });
      expect(rooms.length).to.be.within(1, 16);
      names.push(...rooms.map((one) => one.split(' ')[0]!));
      end = isEnd;
    }
    expect(names).to.have.length(30);
  });
});
