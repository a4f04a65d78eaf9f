import { expect } from 'chai';
import { ErrorCode, GoodbyeReason } from '../../src/protocol/messages.js';
import { expectRefusal } from '../support/refusals.js';
import { after, expectSeqs, join, toRoom } from '../support/rooms.js';
import type { RawClient } from '../support/raw-client.js';
import { TestServer } from '../support/server.js';

// chat.proto, Hello.token, "Sending".
describe('a token', () => {
  it('gives the name back to the next connection', async () => {
    await using server = await TestServer.start();
    const other = await server.bare();
    let alice = await server.full('alice');
    for (let connection = 2; connection < 5; connection += 1) {
      await gone(server, alice, 1);
      const again = await server.again(alice.welcome!.token);
      expect(again.name).to.equal('alice');
      expect(again.welcome!.sessionId).not.to.equal(alice.welcome!.sessionId);
      expect(again.welcome!.token).not.to.equal('');
      alice = again;
    }
    alice.broadcast('me');
    expect(await alice.next()).to.include({ sender: 'alice' });
    await other.next();
  });

  it('together with the name gives the same, in the new spelling', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    expect((await server.again(alice.welcome!.token, 'alice')).name).to.equal('alice');
    expect((await server.again(alice.welcome!.token, 'Alice')).name).to.equal('Alice');
  });

  it('gives a guest’s name back, though other guests came in between', async () => {
    await using server = await TestServer.start();
    const guest = await server.full();
    expect(guest.name).to.match(/^guest-/);
    await gone(server, guest, 0);
    const others = [await server.full(), await server.bare(), await server.full()];
    const again = await server.again(guest.welcome!.token);
    expect(again.name).to.equal(guest.name);
    for (const { welcome } of others) expect(welcome?.name).not.to.equal(guest.name);
  });

  it('and another name gives the other name, and the first one is free', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    const alicia = await server.again(alice.welcome!.token, 'alicia');
    expect(alicia.name).to.equal('alicia');
    expect((await server.full('alice')).name).to.equal('alice');
    await gone(server, alicia, 1);
    expect((await server.again(alicia.welcome!.token)).name).to.equal('alicia');
  });

  it('of an earlier welcome gives the name that the person has by now', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    const alicia = await server.again(alice.welcome!.token, 'alicia');
    await gone(server, alicia, 0);
    expect((await server.again(alice.welcome!.token)).name).to.equal('alicia');
  });

  it('of a guest and a name makes the guest a sender with that name', async () => {
    await using server = await TestServer.start();
    const guest = await server.full();
    guest.send(toRoom('', 'hi', 'm1'));
    await guest.untilControl('ack');
    const alice = await server.again(guest.welcome!.token, 'alice');
    expect(alice.name).to.equal('alice');
    alice.send(toRoom('', 'hi', 'm1'));
    expect((await alice.nextControl('ack')).ack).to.include({ seq: 1, duplicate: true });
  });

  it('differs for each sender', async () => {
    await using server = await TestServer.start();
    const tokens = new Set<string>();
    for (let count = 0; count < 5; count += 1) tokens.add((await server.full()).welcome!.token);
    for (const name of ['a', 'b', 'c']) tokens.add((await server.full(name)).welcome!.token);
    expect(tokens.size).to.equal(8);
  });

  it('says nothing of who is somebody else: the same name without it is another sender', async () => {
    await using server = await TestServer.start({ nameHoldHours: 0 });
    const first = await server.full('alice');
    await gone(server, first, 0);
    const second = await server.full('alice');
    expect(second.welcome!.token).not.to.equal(first.welcome!.token);
    // The first alice is not the one who has the name now.
    const client = await server.connect();
    client.hello('', 1, first.welcome!.token);
    await expectRefusal(client, ErrorCode.ERROR_CODE_NAME_IN_USE);
    await second.roundTrip();
  });

  it('lets a reader go on where the lost connection ended', async () => {
    await using server = await TestServer.start();
    const author = await server.full();
    const lost = await server.full('alice');
    const { epoch } = await join(lost, 'dev');
    await join(author, 'dev');
    author.send(toRoom('dev', '1'), toRoom('dev', '2'));
    await expectSeqs(lost, 'dev', 1, 2);
    lost.socket.resetAndDestroy();
    author.send(toRoom('dev', '3'));
    await expectSeqs(author, 'dev', 1, 3);
    const again = await server.again(lost.welcome!.token);
    const joined = await join(again, 'dev', after(2, epoch));
    expect(joined).to.include({ epoch, firstSeq: 3, headSeq: 3 });
    await expectSeqs(again, 'dev', 3, 3);
  });
});

// chat.proto, ERROR_CODE_LOGIN_FAILED and ERROR_CODE_NAME_IN_USE.
describe('a token that the server', () => {
  const foreign: readonly (readonly [what: string, token: (real: string) => string])[] = [
    ['has never issued', () => 'garbage'],
    ['has never issued: nothing', () => ''],
    ['has never issued: a name', () => 'alice'],
    ['has never issued: much text', () => 'x'.repeat(10_000)],
    ['has never issued: no text', () => '\u0000\u001b[2J'],
    ['has issued, but for its last character', (real) => real.slice(0, -1)],
    ['has issued, but for one character more', (real) => `${real}0`],
    ['has issued, but for another first character', (real) => `~${real.slice(1)}`],
    ['has issued, with capitals for small letters', (real) => swapCase(real)],
  ];
  for (const [what, tokenFrom] of foreign) {
    it(`${what} is refused, and another hello may follow`, async () => {
      await using server = await TestServer.start();
      const alice = await server.full('alice');
      const token = tokenFrom(alice.welcome!.token);
      const client = await server.connect();
      for (const name of ['', 'bob']) {
        client.hello(name, 1, token);
        await expectRefusal(client, ErrorCode.ERROR_CODE_LOGIN_FAILED);
      }
      // Until one is welcomed, all else is refused.
      client.broadcast('hi', { id: 'm1' });
      const { id } = await expectRefusal(client, ErrorCode.ERROR_CODE_HELLO_FIRST);
      expect(id).to.equal('m1');
      client.hello('bob');
      expect((await client.nextControl('welcome')).welcome.name).to.equal('bob');
      await alice.roundTrip();
    });
  }

  // ERROR_CODE_TOO_MANY_LOGINS.
  it('has never issued is refused otherwise the eleventh time; good ones are still good', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    const clients = [await server.connect(), await server.connect()];
    for (let count = 0; count < 10; count += 1) {
      const client = clients[count % 2]!;
      client.hello('', 1, 'garbage');
      const error = await expectRefusal(client, ErrorCode.ERROR_CODE_LOGIN_FAILED);
      expect(error).to.include({ retryable: false, retryAfterMs: 0 });
    }
    for (const client of clients) {
      client.hello('', 1, 'garbage');
      const error = await expectRefusal(client, ErrorCode.ERROR_CODE_TOO_MANY_LOGINS);
      expect(error.retryable).to.equal(true);
      expect(error.retryAfterMs).to.be.within(1, 20_000);
    }
    clients[0]!.hello('', 1, alice.welcome!.token);
    expect((await clients[0]!.nextControl('welcome')).welcome.name).to.equal('alice');
    clients[1]!.hello('bob');
    expect((await clients[1]!.nextControl('welcome')).welcome.name).to.equal('bob');
  });

  it('of a server before it, which kept nothing, has issued does not make one somebody', async () => {
    const before = await TestServer.start();
    const { token } = (await before.full('alice')).welcome!;
    await before[Symbol.asyncDispose]();
    await using server = await TestServer.start();
    const client = await server.connect();
    client.hello('', 1, token);
    await expectRefusal(client, ErrorCode.ERROR_CODE_LOGIN_FAILED);
  });

  it('has issued does not give a name that somebody else has; one is suggested', async () => {
    await using server = await TestServer.start();
    const [alice, bob] = [await server.full('alice'), await server.full('bob')];
    const client = await server.connect();
    client.hello('BOB', 1, alice.welcome!.token);
    const error = await expectRefusal(client, ErrorCode.ERROR_CODE_NAME_IN_USE);
    expect(error.suggestion).not.to.equal('');
    // A hello that is refused has replaced nobody.
    await alice.roundTrip();
    await bob.roundTrip();
    client.hello(error.suggestion, 1, alice.welcome!.token);
    expect((await client.nextControl('welcome')).welcome.name).to.equal(error.suggestion);
    await expectReplaced(alice);
    await bob.roundTrip();
  });

  it('has issued does not help a bad name or version', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    const client = await server.connect();
    client.hello('a b', 1, alice.welcome!.token);
    await expectRefusal(client, ErrorCode.ERROR_CODE_BAD_NAME);
    client.hello('', 2, alice.welcome!.token);
    await expectRefusal(client, ErrorCode.ERROR_CODE_BAD_VERSION);
    await alice.roundTrip();
  });
});

// chat.proto, GOODBYE_REASON_REPLACED.
describe('a session that still stands under a token that comes again', () => {
  it('is told goodbye and closed, and its name moves at once', async () => {
    await using server = await TestServer.start();
    const other = await server.full('other');
    const alice = await server.full('alice');
    await join(alice, 'dev');
    const again = await server.again(alice.welcome!.token);
    expect(again.name).to.equal('alice');
    await expectReplaced(alice);
    again.broadcast('me');
    for (const client of [again, other]) {
      expect(await client.next()).to.include({ sender: 'alice', content: 'me' });
    }
    await server.sessions(2);
    // It is in the lobby, as at each beginning.
    again.send(toRoom('dev', 'hi'));
    await expectRefusal(again, ErrorCode.ERROR_CODE_NOT_IN_ROOM);
  });

  it('is closed, too, under another name', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    const alicia = await server.again(alice.welcome!.token, 'alicia');
    await expectReplaced(alice);
    await alicia.roundTrip();
  });

  it('is closed one after the other when many come', async () => {
    await using server = await TestServer.start();
    let alice = await server.full('alice');
    for (let count = 0; count < 10; count += 1) {
      const again = await server.again(alice.welcome!.token);
      expect(again.name).to.equal('alice');
      await expectReplaced(alice);
      alice = again;
    }
    await alice.roundTrip();
    await server.sessions(1);
  });

  it('gives its name away though it reads nothing', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice', { allowHalfOpen: true });
    alice.pause();
    const again = await server.again(alice.welcome!.token);
    expect(again.name).to.equal('alice');
    await again.roundTrip();
    alice.resume();
    const { goodbye } = await alice.nextControl('goodbye');
    expect(goodbye.reason).to.equal(GoodbyeReason.GOODBYE_REASON_REPLACED);
  });

  it('does not take part any more: what it sends is not accepted', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice', { allowHalfOpen: true });
    const again = await server.again(alice.welcome!.token);
    alice.broadcast('from the dead', { id: 'm1' });
    await alice.nextControl('goodbye');
    await again.roundTrip();
    again.broadcast('from the living');
    expect(await again.next()).to.include({ content: 'from the living', seq: 1 });
  });
});

async function expectReplaced(client: RawClient): Promise<void> {
  const messages = await client.untilClosed();
  const control = messages.pop()?.control;
  expect(messages).to.deep.equal([]);
  expect(control?.$case).to.equal('goodbye');
  if (control?.$case !== 'goodbye') return;
  expect(control.goodbye).to.include({
    reason: GoodbyeReason.GOODBYE_REASON_REPLACED,
    reconnect: false,
  });
  expect(control.goodbye.message).not.to.equal('');
}

/** The client leaves, and the server knows it. */
async function gone(server: TestServer, client: RawClient, others: number): Promise<void> {
  client.end();
  await client.closed();
  await server.sessions(others);
}

function swapCase(text: string): string {
  return text.replace(/\p{L}/gu, (letter) => {
    const small = letter.toLowerCase();
    return letter === small ? letter.toUpperCase() : small;
  });
}
