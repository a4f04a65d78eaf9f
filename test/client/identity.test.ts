import { expect } from 'chai';
import { connect, ErrorCode } from '../../src/index.js';
import { allEvents, nextEvent, reconnectAtOnce, rejection } from '../support/chat-clients.js';
import { ScriptedServer } from '../support/scripted-server.js';

describe('who a client is', () => {
  let server: ScriptedServer;

  beforeEach(async () => {
    server = await ScriptedServer.start();
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  /** The names and tokens of all hellos, connection by connection. */
  function hellos(): unknown[] {
    return server.received.flat().flatMap(({ control }) => {
      if (control?.$case !== 'hello') return [];
      const { name, credential } = control.hello;
      return [[name, credential?.$case === 'token' ? credential.token : '']];
    });
  }

  it('stays the same over connections, by the token of the last welcome', async () => {
    await using alice = await connect(server.url, { name: 'alice' });
    await using guest = await connect(server.url);
    const [name, token, guestToken] = [guest.name, alice.token, guest.token];
    const reopened = [alice, guest].map((client) =>
      nextEvent(client, 'state', ({ kind }) => kind === 'open'),
    );
    server.drop();
    await Promise.all(reopened);
    expect([alice.name, guest.name]).to.deep.equal(['alice', name]);
    expect(hellos().slice(2)).to.have.deep.members([
      ['', token],
      ['', guestToken],
    ]);
    expect(alice.token).not.to.equal(token);
  });

  it('can be that of an earlier client, which is replaced and ends', async () => {
    await using earlier = await connect(server.url, { name: 'alice' });
    await earlier.send('text', { id: 'm' });
    const closed = nextEvent(earlier, 'close');
    await using client = await connect(server.url, { token: earlier.token });
    expect(client.name).to.equal('alice');
    expect(await client.send('text', { id: 'm' })).to.include({ duplicate: true });
    const [error] = await closed;
    expect(error.message).to.equal('the same device has connected again');
    expect(error.kind).to.equal('replaced');
    expect(earlier.state.kind).to.equal('closed');
  });

  it('is a new one at the first connection, too, when too many logins have failed', async () => {
    server.intercept = ({ id, control }, peer) => {
      const isRefused = control?.$case === 'hello' && control.hello.credential?.$case === 'token';
      if (isRefused) peer.refuse(id, ErrorCode.ERROR_CODE_TOO_MANY_LOGINS, '', 20_000);
      return isRefused;
    };
    await using client = await connect(server.url, { name: 'alice', token: 'of another server' });
    expect(client.name).to.equal('alice');
    expect(hellos()).to.deep.equal([
      ['alice', 'of another server'],
      ['alice', ''],
    ]);
  });

  it('is a new one when the token is not known, also at the first connection', async () => {
    await using client = await connect(server.url, { name: 'alice', token: 'of another server' });
    expect(client.name).to.equal('alice');
    reconnectAtOnce(client);
    const opened = nextEvent(client, 'state', ({ kind }) => kind === 'open');
    server.forget();
    server.drop();
    await opened;
    expect(client.name).to.equal('alice');
    expect(hellos().map((hello) => (hello as string[])[1])).to.deep.equal([
      'of another server',
      '',
      'token-1',
      '',
    ]);
    expect((await client.send('text')).seq).to.equal(1);
  });

  it('has another name when its own was taken meanwhile, and says so', async () => {
    await using alice = await connect(server.url, { name: 'alice' });
    const waiting = nextEvent(alice, 'state');
    server.drop();
    await waiting;
    server.forgetTokens();
    await using _other = await connect(server.url, { name: 'alice' });
    const renamed = nextEvent(alice, 'renamed');
    const opened = nextEvent(alice, 'state', ({ kind }) => kind === 'open');
    alice.reconnect();
    expect(await renamed).to.deep.equal(['alice2', 'alice']);
    await opened;
    expect(alice.name).to.equal('alice2');
  });

  it('can change its name without losing or repeating anything', async () => {
    await using alice = await connect(server.url, { name: 'alice' });
    const heard = allEvents(alice, 'message');
    const states = allEvents(alice, 'state');
    const renamed = allEvents(alice, 'renamed');
    const sent = Array.from({ length: 20 }, (_, index) => alice.send(`before ${index}`));
    const renaming = alice.rename('bob');
    sent.push(...Array.from({ length: 20 }, (_, index) => alice.send(`meanwhile ${index}`)));
    await renaming;
    sent.push(alice.send('after'));
    const seqs = (await Promise.all(sent)).map(({ seq }) => seq);
    expect(seqs).to.deep.equal(Array.from({ length: 41 }, (_, index) => index + 1));
    expect(alice.name).to.equal('bob');
    expect(renamed).to.deep.equal(['bob']);
    expect(states, 'it was connected all the time').to.be.empty;
    expect(heard.map(({ seq }) => seq)).to.deep.equal(seqs);
    expect(heard.at(-1)).to.include({ sender: 'bob', content: 'after' });
    expect(server.received).to.have.length(1);
  });

  it('stays when the new name is refused', async () => {
    await using alice = await connect(server.url, { name: 'alice' });
    await using _bob = await connect(server.url, { name: 'bob' });
    const refused = await rejection(alice.rename('bob'));
    expect(refused).to.include({ code: ErrorCode.ERROR_CODE_NAME_IN_USE, suggestion: 'bob2' });
    expect(alice.name).to.equal('alice');
    expect((await alice.send('still here')).seq).to.equal(1);
  });

  it('is told by the server when the answer to a new name was lost', async () => {
    await using alice = await connect(server.url, { name: 'alice' });
    reconnectAtOnce(alice);
    server.intercept = ({ control }, peer) => {
      if (control?.$case !== 'rename') return false;
      peer.person!.name = control.rename.name;
      peer.socket.destroy();
      return true;
    };
    const renamed = nextEvent(alice, 'renamed');
    expect(await rejection(alice.rename('bob'))).to.include({ kind: 'lost' });
    expect(await renamed).to.deep.equal(['bob', 'alice']);
    expect(alice.name).to.equal('bob');
  });

  it('is one person on two devices, with one name, and ids for each device', async () => {
    await using phone = await connect(server.url, { name: 'alice', device: 'phone' });
    const { token } = phone;
    await using laptop = await connect(server.url, { token, device: 'laptop' });
    expect(laptop.name).to.equal('alice');
    const acks = [
      await phone.send('from here', { id: 'm' }),
      await laptop.send('and', { id: 'm' }),
    ];
    expect(acks.map(({ seq, duplicate }) => [seq, duplicate])).to.deep.equal([
      [1, false],
      [2, false],
    ]);
    const renamed = nextEvent(phone, 'renamed');
    await laptop.rename('alicia');
    expect(await renamed).to.deep.equal(['alicia', 'alice']);
    expect([phone.name, laptop.name]).to.deep.equal(['alicia', 'alicia']);
    const closed = nextEvent(phone, 'close');
    await using _again = await connect(server.url, { token: phone.token, device: 'phone' });
    expect((await closed)[0].kind).to.equal('replaced');
    expect(laptop.state.kind).to.equal('open');
  });
});
