import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  connect,
  ConnectionError,
  ErrorCode,
  MessageType,
  type ChatClient,
  type ChatError,
  type ConnectOptions,
  type ServerOptions,
} from '../../src/index.js';
import { rejection } from '../support/chat-clients.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { ask } from '../support/http.js';
import { ownAddress } from '../support/own-address.js';
import { TestServer } from '../support/server.js';

const password = 'correct horse battery';

// chat.proto 6.6 to 6.10, AccountRequest.
describe('an account', () => {
  let server: TestServer;
  let data: string;
  let clients: ChatClient[];

  beforeEach(async () => {
    data = await makeFolder();
    clients = [];
    server = await TestServer.start({ store: 'sqlite', data });
  });

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await server[Symbol.asyncDispose]();
    await removeFolder(data);
  });

  async function come(options: ConnectOptions): Promise<ChatClient> {
    const client = await connect(server.chat.urls[0]!, { reconnect: false, ...options });
    clients.push(client);
    return client;
  }

  async function restart(options: ServerOptions = {}): Promise<void> {
    await server[Symbol.asyncDispose]();
    server = await TestServer.start({ store: 'sqlite', data, ...options });
  }

  /** Why somebody is not let in. */
  async function refusal(options: ConnectOptions): Promise<ErrorCode> {
    const error = await rejection(connect(server.chat.urls[0]!, { reconnect: false, ...options }));
    return (error as Error & { code: ErrorCode }).code;
  }

  async function codeOf(promise: Promise<unknown>): Promise<ErrorCode> {
    return ((await rejection(promise)) as Error & { code: ErrorCode }).code;
  }

  /** Settles with why the client has ended. */
  async function ended(client: ChatClient): Promise<string> {
    return await new Promise((resolve) => client.on('close', ({ kind }) => resolve(kind)));
  }

  it('is given to the person of the session, who logs in with name and password from then on', async () => {
    const alice = await come({ name: 'alice' });
    const { seq } = await alice.send('as a guest');
    expect(alice.account.loginId).to.equal('');
    await alice.account.register(password);
    expect(alice.account.loginId).not.to.equal('');
    expect(alice.token).to.match(/^login-/);
    await alice.close();

    const again = await come({ name: 'alice', password });
    expect(again.name).to.equal('alice');
    // The same person: what was said before is its own.
    await again.edit('lobby', seq, 'as myself');
    expect(await refusal({ name: 'alice' })).to.equal(ErrorCode.ERROR_CODE_NAME_IN_USE);
    expect(await refusal({ name: 'alice', password: 'wrong horse' })).to.equal(
      ErrorCode.ERROR_CODE_LOGIN_FAILED,
    );
    expect(await refusal({ name: 'nobody', password })).to.equal(ErrorCode.ERROR_CODE_LOGIN_FAILED);
  });

  it('outlives the server, with its name, its password and its log-ins', async () => {
    const alice = await come({ name: 'alice' });
    await alice.account.register(password);
    const { token } = alice;
    const { loginId } = alice.account;
    await restart({ nameHoldHours: 0 });
    const later = await come({ token });
    expect([later.name, later.token, later.account.loginId]).to.deep.equal([
      'alice',
      token,
      loginId,
    ]);
    await later.close();
    expect(await refusal({ name: 'Alice' })).to.equal(ErrorCode.ERROR_CODE_NAME_IN_USE);
    expect((await come({ name: 'ALICE', password })).name).to.equal('alice');
  });

  it('may be registered under another name, which stays', async () => {
    const guest = await come({});
    expect(await codeOf(guest.account.register(password))).to.equal(ErrorCode.ERROR_CODE_BAD_NAME);
    await guest.account.register(password, { name: 'bob' });
    expect(guest.name).to.equal('bob');
    expect(await codeOf(guest.rename('rob'))).to.equal(ErrorCode.ERROR_CODE_NOT_ALLOWED);
    expect(await codeOf(guest.account.register(password))).to.equal(
      ErrorCode.ERROR_CODE_NOT_ALLOWED,
    );
    const other = await come({ name: 'alice' });
    expect(await codeOf(other.account.register(password, { name: 'B0B' }))).to.equal(
      ErrorCode.ERROR_CODE_NAME_IN_USE,
    );
    expect(await codeOf(other.account.register('short'))).to.equal(
      ErrorCode.ERROR_CODE_BAD_PASSWORD,
    );
  });

  it('ends what its person had as a guest: tokens, claims, and sessions elsewhere', async () => {
    const claim = 'a claim of 16 bytes and more';
    const alice = await come({ name: 'alice', claim, device: 'one' });
    const guestToken = alice.token;
    const elsewhere = await come({ claim, device: 'two' });
    const end = ended(elsewhere);
    await alice.account.register(password);
    expect(await end).to.equal('loggedOut');
    expect((await come({ token: guestToken })).name).to.match(/^guest-/);
    expect(await refusal({ claim })).to.equal(ErrorCode.ERROR_CODE_LOGIN_FAILED);
  });

  it('lists where it is logged in, and ends one log-in or all others', async () => {
    const phone = await come({ name: 'alice', device: 'phone', clientName: 'test/1' });
    await phone.account.register(password);
    const laptop = await come({ name: 'alice', password, device: 'laptop' });
    const old = await come({ name: 'alice', password });
    const oldToken = old.token;
    const logins = await phone.account.logins();
    expect(logins.map(({ isHere }) => isHere)).to.deep.equal([true, true, true]);
    const own = logins.find(({ loginId }) => loginId === phone.account.loginId);
    expect(own).to.include({ device: 'phone', client: 'test/1', address: '127.0.0.1' });

    const oldEnd = ended(old);
    expect(await phone.account.endLogin(old.account.loginId)).to.equal(1);
    expect(await oldEnd).to.equal('loggedOut');
    expect(await refusal({ token: oldToken })).to.equal(ErrorCode.ERROR_CODE_LOGIN_FAILED);
    const laptopEnd = ended(laptop);
    expect(await phone.account.endLogin()).to.equal(1);
    expect(await laptopEnd).to.equal('loggedOut');
    expect(await phone.account.logins()).to.have.length(1);
    await phone.send('still here');
    expect(await codeOf(phone.account.endLogin('of nobody'))).to.equal(
      ErrorCode.ERROR_CODE_NOT_ALLOWED,
    );
  });

  it('ends all log-ins but a new one when its password changes', async () => {
    const alice = await come({ name: 'alice' });
    await alice.account.register(password);
    const { token } = alice;
    const other = await come({ name: 'alice', password });
    const end = ended(other);
    expect(await codeOf(alice.account.changePassword('wrong horse', 'new password'))).to.equal(
      ErrorCode.ERROR_CODE_LOGIN_FAILED,
    );
    await alice.account.changePassword(password, 'new password');
    expect(await end).to.equal('loggedOut');
    await alice.send('still here');
    expect(await refusal({ token })).to.equal(ErrorCode.ERROR_CODE_LOGIN_FAILED);
    expect(await refusal({ name: 'alice', password })).to.equal(ErrorCode.ERROR_CODE_LOGIN_FAILED);
    await come({ name: 'alice', password: 'new password' });
  });

  it('keeps the ids of its messages when it is made, and over its log-ins', async () => {
    const alice = await come({ name: 'alice' });
    const { seq } = await alice.send('once', { id: 'm1' });
    await alice.account.register(password);
    const { token } = alice;
    await alice.close();
    const later = await come({ token });
    expect(await later.send('once', { id: 'm1' })).to.include({ seq, duplicate: true });
  });

  it('is not to be had where nobody may register', async () => {
    await restart({ registration: 'closed' });
    const alice = await come({ name: 'alice' });
    expect(await codeOf(alice.account.register(password))).to.equal(
      ErrorCode.ERROR_CODE_NOT_ALLOWED,
    );
    server.chat.reload({ registration: 'open' });
    await alice.account.register(password);
  });

  it('stops a client whose log-in was ended while it was away, instead of making it a guest', async () => {
    const alice = await come({ name: 'alice' });
    await alice.account.register(password);
    const { token } = alice;
    await alice.account.changePassword(password, 'new password');
    const error = await rejection(connect(server.chat.urls[0]!, { token, name: 'alice' }));
    expect(error).not.to.be.instanceOf(ConnectionError);
    expect(error.message).to.equal('this log-in has ended: log in again');
  });

  it('lets nobody stay who came while the log-in was ended', async () => {
    const alice = await come({ name: 'alice', device: 'first' });
    await alice.account.register(password);
    const thief = await come({ name: 'alice', password });
    const { token } = thief;
    const coming = Array.from({ length: 12 }, async (_, index) =>
      come({ token, device: `thief ${index}` }),
    );
    await alice.account.endLogin(thief.account.loginId);
    const came = await Promise.allSettled(coming);
    const inside = came.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    for (const client of inside) await rejection(client.history('lobby'));
    await server.sessions(1);
    expect(await alice.account.logins()).to.have.length(1);
  });

  it('keeps the name that it is registered with, whatever other devices want meanwhile', async () => {
    const claim = 'a claim of 16 bytes and more';
    const alice = await come({ name: 'alice', claim, device: 'one' });
    const other = await come({ claim, device: 'two' });
    const registered = alice.account.register(password);
    await Promise.allSettled([other.rename('dora'), registered]);
    await registered;
    expect(alice.name).to.equal('alice');
    expect(await refusal({ name: 'alice' })).to.equal(ErrorCode.ERROR_CODE_NAME_IN_USE);
    await come({ name: 'alice', password });
  });

  it('is not made halfway: a name that was wanted with a bad password is not taken', async () => {
    const alice = await come({ name: 'alice' });
    expect(await codeOf(alice.account.register('short', { name: 'queen' }))).to.equal(
      ErrorCode.ERROR_CODE_BAD_PASSWORD,
    );
    expect(await refusal({ name: 'alice' })).to.equal(ErrorCode.ERROR_CODE_NAME_IN_USE);
    expect((await come({ name: 'queen' })).name).to.equal('queen');
    const { messages } = await alice.history('lobby');
    expect(messages).to.deep.equal([]);
    expect(alice.name).to.equal('alice');
  });

  it('is never removed, nor its password changed, by who has not seen it changed meanwhile', async () => {
    const alice = await come({ name: 'alice' });
    await alice.account.register(password);
    const coming = Array.from({ length: 3 }, async () => come({ name: 'alice', password }));
    await alice.account.changePassword(password, 'new password');
    await Promise.allSettled(coming);
    await server.sessions(1);
    expect(await alice.account.logins()).to.have.length(1);
    await come({ name: 'alice', password: 'new password' });
  });
});

// chat.proto 6.9, ERROR_CODE_TOO_MANY_LOGINS.
describe('passwords', () => {
  const alice = { name: 'alice', reconnect: false } as const;

  it('of one account and network may be wrong ten times, and are not looked at then', async () => {
    await using server = await TestServer.start();
    const url = server.chat.urls[0]!;
    await using client = await connect(url, alice);
    await client.account.register(password);
    for (let count = 0; count < 10; count += 1) {
      const error = await rejection(connect(url, { ...alice, password: `guess ${count}` }));
      expect(error).to.have.property('code', ErrorCode.ERROR_CODE_LOGIN_FAILED);
    }
    const error = await rejection(connect(url, { ...alice, password }));
    expect(error).to.include({ code: ErrorCode.ERROR_CODE_TOO_MANY_LOGINS });
    expect((error as ChatError).retryAfterMs).to.be.greaterThan(10_000);
    // What needs no looking at a password goes on, and so do other accounts.
    await using again = await connect(url, { token: client.token, device: 'other' });
    expect(again.name).to.equal('alice');
    await using bob = await connect(url, { name: 'bob', reconnect: false });
    await bob.account.register(password);
  });

  it('are counted for the account, however its name is written, and names are short', async () => {
    await using server = await TestServer.start();
    const url = server.chat.urls[0]!;
    await using client = await connect(url, alice);
    await client.account.register(password);
    // Cyrillic letters that look like these.
    const names = ['alice', 'ALICE', 'alic\u0435', 'ali\u0441e'];
    for (let count = 0; count < 10; count += 1) {
      const name = names[count % names.length]!;
      await rejection(connect(url, { name, password: 'a wrong one', reconnect: false }));
    }
    for (const name of names) {
      const error = await rejection(connect(url, { name, password, reconnect: false }));
      expect(error, name).to.include({ code: ErrorCode.ERROR_CODE_TOO_MANY_LOGINS });
    }
    const name = `a${'\u0345'.repeat(8000)}${'\u0301'.repeat(8000)}`;
    expect(await rejection(connect(url, { name, password, reconnect: false }))).to.include({
      code: ErrorCode.ERROR_CODE_LOGIN_FAILED,
    });
  });

  it('wait for each other, and too many are told to come later', async () => {
    await using server = await TestServer.start();
    const url = server.chat.urls[0]!;
    await using client = await connect(url, alice);
    await client.account.register(password);
    const logins = Array.from(
      { length: 20 },
      async () => await connect(url, { ...alice, password }),
    );
    await client.send('the chat goes on');
    const settled = await Promise.allSettled(logins);
    const codes = settled.map((one) =>
      one.status === 'fulfilled' ? 'in' : (one.reason as ChatError).code,
    );
    expect(new Set(codes)).to.deep.equal(new Set(['in', ErrorCode.ERROR_CODE_TOO_BUSY]));
    for (const one of settled) if (one.status === 'fulfilled') await one.value.close();
  });

  it('and tokens of log-ins are refused unread where others could read them', async function () {
    if (ownAddress === undefined) this.skip();
    await using server = await TestServer.start({ host: '0.0.0.0' });
    const here = `tcp://127.0.0.1:${server.port}`;
    const elsewhere = `tcp://${ownAddress}:${server.port}`;
    const code = ErrorCode.ERROR_CODE_NOT_CONFIDENTIAL;
    await using client = await connect(here, alice);
    await client.account.register(password);
    for (const secret of [{ password }, { password: 'wrong horse' }, { token: client.token }]) {
      expect(await rejection(connect(elsewhere, { ...alice, ...secret }))).to.include({ code });
    }
    await using guest = await connect(elsewhere, { name: 'bob', reconnect: false });
    expect(await rejection(guest.account.register(password))).to.include({ code });
    server.chat.reload({ allowPlaintextLogin: true });
    await using trusting = await connect(elsewhere, { ...alice, password });
    expect(trusting.name).to.equal('alice');
  });

  it('and tokens are in no log, no metric, no error and no transcript', async () => {
    const data = await makeFolder();
    let said = '';
    const note = (fields: object, text: string): void => {
      said += JSON.stringify([fields, text]);
    };
    const logger = { info: note, warn: note, error: note };
    const tokens: string[] = [];
    {
      await using server = await TestServer.start({ data, transcripts: true, logger });
      const url = server.chat.urls[0]!;
      await using client = await connect(url, alice);
      await client.account.register(password);
      tokens.push(client.token);
      await using again = await connect(url, { ...alice, password });
      tokens.push(again.token);
      await again.send('hello');
      await again.send('echo', { type: MessageType.ECHO });
      const error = await rejection(connect(url, { ...alice, password: `${password}!` }));
      said += error.message + (await ask(server.port, '/metrics')).body;
    }
    said += await readFile(join(data, 'transcripts', 'lobby.txt'), 'utf8');
    expect(said).to.include('hello');
    for (const secret of [password, ...tokens]) expect(said).not.to.include(secret);
    await removeFolder(data);
  });
});

// chat.proto 6.10.
describe('a server without guests', () => {
  it('lets people register and log in, and nobody else take part', async () => {
    await using server = await TestServer.start({ guests: 'no' });
    const url = server.chat.urls[0]!;
    const bare = await server.connect();
    bare.broadcast('hello?');
    bare.echo('me');
    const refused = await bare.nextMany(2);
    for (const { content } of refused) {
      expect(content).to.equal('(error)this server wants you to log in first');
    }
    const guest = await connect(url, { name: 'alice', rooms: [] });
    const error = await rejection(guest.join('dev'));
    expect(error).to.have.property('code', ErrorCode.ERROR_CODE_LOGIN_REQUIRED);
    await guest.account.register(password);
    await using alice = guest;
    await alice.join('lobby');
    const { seq } = await alice.send('finally');
    expect(seq).to.equal(1);
    expect(bare.pending).to.equal(0);
    await using again = await connect(url, { name: 'alice', password });
    expect((await again.history('lobby')).messages).to.have.length(1);
  });

  it('closes those who say nothing', async () => {
    await using server = await TestServer.start({ guests: 'no', firstFrameTimeoutMs: 200 });
    const silent = await server.connect({ text: true });
    expect(await silent.textUntilClosed()).to.match(/nothing was sent in time/);
  });
});
