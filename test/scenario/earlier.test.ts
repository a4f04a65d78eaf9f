import { expect } from 'chai';
import { connect, createServer } from '../../src/index.js';
import type * as Library from '../../src/index.js';
import { nextEvent } from '../support/chat-clients.js';

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

// chat.proto, "Growing".
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
  });
});
