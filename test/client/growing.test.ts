import { expect } from 'chai';
import { connect, type ChatClient, type ChatMessage } from '../../src/index.js';
import { chatMessage, encodeFrame } from '../../src/protocol/codec.js';
import type { MessageType } from '../../src/protocol/messages.js';
import { bytes, field, frame } from '../support/bytes.js';
import { nextEvent } from '../support/chat-clients.js';
import { ScriptedServer } from '../support/scripted-server.js';

/** A field number that servers may use one day. */
const futureField = 63;
const futureType = 7 as MessageType;

// chat.proto, "Compatibility": what a client does not know it passes over, and keeps its place.
describe('a client of a newer server', () => {
  let server: ScriptedServer;

  beforeEach(async () => {
    server = await ScriptedServer.start();
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  /** Adds an entry of an unknown kind to a room's log, as `write` makes its frame. */
  function addEntry(name: string, write: (entry: ChatMessage) => Uint8Array): void {
    const { messages } = server.room(name);
    const entry = chatMessage({ type: futureType, room: name, seq: messages.length + 1 });
    messages.push(entry);
    for (const { rooms, socket } of server.peers) if (rooms.has(name)) socket.write(write(entry));
  }

  function heardBy(client: ChatClient): string[] {
    const heard: string[] = [];
    client.on('message', ({ content }) => heard.push(content));
    for (const name of ['gap', 'refused', 'close'] as const) {
      client.on(name, () => heard.push(`event ${name}`));
    }
    client.on('state', ({ kind }) => heard.push(`state ${kind}`));
    return heard;
  }

  const kinds: Readonly<Record<string, (entry: ChatMessage) => Uint8Array>> = {
    type: encodeFrame,
    'control message': (entry) => {
      const known = encodeFrame({ ...entry, type: 0 }).subarray(1);
      return frame(bytes(known, field(futureField, 'from the future')));
    },
  };
  for (const [kind, write] of Object.entries(kinds)) {
    it(`passes over an entry with an unknown ${kind}, and goes on after it`, async () => {
      await using client = await connect(server.url, { rooms: [{ room: 'dev', last: 0 }] });
      const heard = heardBy(client);
      server.publish('before', 'dev');
      addEntry('dev', write);
      server.publish('after', 'dev');
      await nextEvent(client, 'message', ({ content }) => content === 'after');
      expect(heard).to.deep.equal(['before', 'after']);
      expect(client.rooms[0]!.position!.seq).to.equal(3);
    });
  }

  it('ignores an unknown control message that is no entry', async () => {
    await using client = await connect(server.url);
    const heard = heardBy(client);
    for (const { socket } of server.peers) socket.write(frame(field(futureField, 'what?')));
    server.publish('next');
    await nextEvent(client, 'message');
    expect(heard).to.deep.equal(['next']);
  });

  it('catches up over unknown entries, counts messages only, and resumes after them', async () => {
    server.publish('1', 'dev');
    addEntry('dev', encodeFrame);
    addEntry('dev', encodeFrame);
    await using client = await connect(server.url, { rooms: [{ room: 'dev', last: 9 }] });
    const heard = heardBy(client);
    const [caughtUp] = await nextEvent(client, 'caughtUp');
    expect(caughtUp).to.deep.equal({ room: 'dev', messages: 1 });
    const opened = nextEvent(client, 'state', ({ kind }) => kind === 'open');
    server.drop();
    addEntry('dev', encodeFrame);
    server.publish('5', 'dev');
    await opened;
    while (!heard.includes('5')) await nextEvent(client, 'message');
    expect(heard.filter((line) => !line.startsWith('state'))).to.deep.equal(['1', '5']);
  });

  it('leaves them out of pages, and says how far a page goes', async () => {
    for (let count = 0; count < 3; count += 1) addEntry('dev', encodeFrame);
    server.publish('4', 'dev');
    addEntry('dev', encodeFrame);
    await using client = await connect(server.url, { rooms: ['dev'] });
    const newest = await client.history('dev', { limit: 2 });
    expect(newest).to.include({ firstSeq: 4, lastSeq: 5, end: false });
    expect(newest.messages.map(({ content }) => content)).to.deep.equal(['4']);
    const older = await client.history('dev', { before: 4 });
    expect(older).to.deep.include({ messages: [], firstSeq: 1, lastSeq: 3, end: true });
  });
});
