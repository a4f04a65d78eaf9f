import { expect } from 'chai';
import { ErrorCode, GoodbyeReason, type ChatMessage } from '../../src/protocol/messages.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { helloOf } from '../support/hello.js';
import type { RawClient } from '../support/raw-client.js';
import { expectRefusal } from '../support/refusals.js';
import { join, toRoom } from '../support/rooms.js';
import { TestServer } from '../support/server.js';
import { WebSocketClient } from '../support/websocket-client.js';

/** Says hello as a person, on a device. */
async function onDevice(
  server: TestServer,
  device: string,
  token: string,
  name = '',
): Promise<RawClient> {
  const client = await server.connect();
  client.control({
    $case: 'hello',
    hello: helloOf({ name, device, credential: { $case: 'token', token } }),
  });
  client.welcome = (await client.nextControl('welcome')).welcome;
  return client;
}

async function members(client: RawClient, room = ''): Promise<[string[], number]> {
  client.control({ $case: 'members', members: { room } });
  const messages = await client.until(({ control }) => control?.$case === 'memberList', 'a list');
  const { control } = messages.at(-1)!;
  if (control?.$case !== 'memberList') throw new Error('no list');
  const { members: all, count } = control.memberList;
  return [all.map(({ name }) => name).toSorted(), count];
}

function presenceIn(message: ChatMessage): unknown {
  const { control } = message;
  if (control?.$case !== 'presence') return undefined;
  const { joined, left, count, renamed } = control.presence;
  return [joined.map(({ name }) => name), left.map(({ name }) => name), count, renamed];
}

async function gone(server: TestServer, client: RawClient, others: number): Promise<void> {
  client.end();
  await client.closed();
  await server.sessions(others);
}

// chat.proto, "Person, device, session".
describe('a person on several devices', () => {
  it('has a session on each, under one name, and is one member of a room', async () => {
    await using server = await TestServer.start();
    const bob = await server.full('bob');
    await join(bob, 'dev');
    const phone = await server.full('alice');
    const { token } = phone.welcome!;
    const laptop = await onDevice(server, 'laptop', token);
    expect(laptop.welcome!.name).to.equal('alice');
    for (const client of [phone, laptop]) await join(client, 'dev');
    expect(await members(bob, 'dev')).to.deep.equal([['alice', 'bob'], 2]);
    laptop.send(toRoom('dev', 'from my laptop', 'm1'));
    phone.send(toRoom('dev', 'from my phone', 'm1'));
    for (const client of [phone, laptop]) {
      const { ack } = await client.untilControl('ack');
      expect(ack, 'ids belong to a device').to.include({ id: 'm1', duplicate: false });
    }
    await gone(server, laptop, 2);
    expect(await members(bob, 'dev')).to.deep.equal([['alice', 'bob'], 2]);
    await gone(server, phone, 1);
    expect(await members(bob, 'dev')).to.deep.equal([['bob'], 1]);
  });

  it('is replaced on the device that connects again, and on no other', async () => {
    await using server = await TestServer.start();
    const { token } = (await server.full('alice')).welcome!;
    const phone = await onDevice(server, 'phone', token);
    const laptop = await onDevice(server, 'laptop', token);
    await onDevice(server, 'phone', token);
    const { goodbye } = await phone.untilControl('goodbye');
    expect(goodbye.reason).to.equal(GoodbyeReason.GOODBYE_REASON_REPLACED);
    await laptop.roundTrip();
    await server.sessions(3);
  });

  it('has on each device the ids that it used there before', async () => {
    await using server = await TestServer.start();
    const { token } = (await server.full('alice')).welcome!;
    for (const [device, duplicate] of [
      ['phone', false],
      ['laptop', false],
      ['phone', true],
    ] as const) {
      const client = await onDevice(server, device, token);
      client.send(toRoom('', `from ${device}`, 'm1'));
      const { ack } = await client.untilControl('ack');
      expect([device, ack.duplicate]).to.deep.equal([device, duplicate]);
      client.end();
      await client.closed();
    }
  });

  it('is told to those who watch when it comes and when it goes, once each', async () => {
    await using server = await TestServer.start();
    const bob = await server.full('bob');
    bob.control({ $case: 'join', join: { room: 'dev', start: undefined, presence: true } });
    await bob.nextControl('joined');
    expect(presenceIn(await bob.next())).to.deep.equal([['bob'], [], 1, []]);
    const phone = await server.full('alice');
    const laptop = await onDevice(server, 'laptop', phone.welcome!.token);
    await join(phone, 'dev');
    expect(presenceIn(await bob.next())).to.deep.equal([['alice'], [], 2, []]);
    await join(laptop, 'dev');
    await gone(server, phone, 2);
    const carol = await server.full('carol');
    await join(carol, 'dev');
    expect(presenceIn(await bob.next()), 'nobody in between').to.deep.equal([['carol'], [], 3, []]);
    await gone(server, laptop, 2);
    expect(presenceIn(await bob.next())).to.deep.equal([[], ['alice'], 2, []]);
  });

  it('is refused with a device of a name that is too long', async () => {
    await using server = await TestServer.start();
    const client = await server.connect();
    client.control({ $case: 'hello', hello: helloOf({ device: 'x'.repeat(33) }) });
    await expectRefusal(client, ErrorCode.ERROR_CODE_DEVICE_TOO_LONG);
    client.control({ $case: 'hello', hello: helloOf({ device: 'é'.repeat(16) }) });
    await client.nextControl('welcome');
  });
});

// chat.proto, Hello.claim.
describe('a claim', () => {
  const claim = 'a secret of this client';

  async function claimed(server: TestServer, name: string, secret = claim): Promise<RawClient> {
    const client = await server.connect();
    const credential = { $case: 'claim', claim: secret } as const;
    client.control({ $case: 'hello', hello: helloOf({ name, credential }) });
    return client;
  }

  it('makes somebody new, and the same person again when its welcome was lost', async () => {
    await using server = await TestServer.start();
    const lost = await claimed(server, 'alice');
    lost.socket.resetAndDestroy();
    const again = await claimed(server, 'alice');
    const { welcome } = await again.nextControl('welcome');
    expect(welcome.name).to.equal('alice');
    await server.sessions(1);
    again.end();
    await again.closed();
    await server.sessions(0);
    const third = await claimed(server, '');
    expect((await third.nextControl('welcome')).welcome.name).to.equal('alice');
    expect((await server.again(welcome.token)).name, 'as the token does').to.equal('alice');
  });

  it('is the person’s after a restart, too', async () => {
    const data = await makeFolder();
    try {
      for (const id of ['m1', 'm1']) {
        await using server = await TestServer.start({ store: 'sqlite', data });
        const alice = await claimed(server, 'alice');
        await alice.nextControl('welcome');
        alice.send(toRoom('', 'once', id));
        const { ack } = await alice.untilControl('ack');
        expect(ack.seq).to.equal(1);
      }
    } finally {
      await removeFolder(data);
    }
  });

  it('of somebody else is another person, who cannot have the name', async () => {
    await using server = await TestServer.start();
    await (await claimed(server, 'alice')).nextControl('welcome');
    const other = await claimed(server, 'alice', 'a secret of another one');
    await expectRefusal(other, ErrorCode.ERROR_CODE_NAME_IN_USE);
  });

  for (const secret of ['', 'x'.repeat(15), 'x'.repeat(65), 'é'.repeat(33)]) {
    it(`of ${Buffer.byteLength(secret)} bytes is refused`, async () => {
      await using server = await TestServer.start();
      const client = await claimed(server, 'alice', secret);
      await expectRefusal(client, ErrorCode.ERROR_CODE_LOGIN_FAILED);
    });
  }
});

// chat.proto, Rename and Renamed.
describe('a rename', () => {
  it('gives another name, in all rooms and on all devices', async () => {
    await using server = await TestServer.start();
    const bob = await server.full('bob');
    bob.control({ $case: 'join', join: { room: 'dev', start: undefined, presence: true } });
    await bob.nextControl('joined');
    const phone = await server.full('alice');
    const laptop = await onDevice(server, 'laptop', phone.welcome!.token);
    await join(phone, 'dev');
    expect(presenceIn(await bob.next())).to.deep.equal([['bob'], [], 1, []]);
    expect(presenceIn(await bob.next())).to.deep.equal([['alice'], [], 2, []]);
    phone.control({ $case: 'rename', rename: { name: 'Alicia' } }, { id: 'r1' });
    const answer = await phone.next();
    expect(answer.id).to.equal('r1');
    expect(answer.control?.$case === 'renamed' && answer.control.renamed.name).to.equal('Alicia');
    const told = await laptop.next();
    expect([told.id, told.control?.$case === 'renamed' && told.control.renamed.name]).to.deep.equal(
      ['', 'Alicia'],
    );
    expect(presenceIn(await bob.next())).to.deep.equal([
      ['Alicia'],
      ['alice'],
      2,
      [{ before: 'alice', name: 'Alicia' }],
    ]);
    for (const client of [phone, laptop]) {
      client.broadcast('who am I?');
      const messages = await bob.until(({ content }) => content !== '', 'a message');
      expect(messages.at(-1)!.sender).to.equal('Alicia');
    }
    expect((await server.full('alice')).name, 'the earlier name is free').to.equal('alice');
  });

  it('gives a guest a name, and tokens of before give the new one', async () => {
    await using server = await TestServer.start();
    const guest = await server.full();
    guest.control({ $case: 'rename', rename: { name: 'alice' } });
    const { renamed } = await guest.nextControl('renamed');
    const { token } = guest.welcome!;
    await gone(server, guest, 0);
    for (const one of [token, renamed.token]) {
      expect((await server.again(one)).name).to.equal('alice');
    }
  });

  for (const [name, code] of [
    ['bob', ErrorCode.ERROR_CODE_NAME_IN_USE],
    ['BOB', ErrorCode.ERROR_CODE_NAME_IN_USE],
    ['a b', ErrorCode.ERROR_CODE_BAD_NAME],
    ['guest-1', ErrorCode.ERROR_CODE_BAD_NAME],
  ] as const) {
    it(`to ${JSON.stringify(name)} is refused, and the name stays`, async () => {
      await using server = await TestServer.start();
      await server.full('bob');
      const alice = await server.full('alice');
      alice.control({ $case: 'rename', rename: { name } }, { id: 'r1' });
      const error = await expectRefusal(alice, code);
      expect(error.id).to.equal('r1');
      if (code === ErrorCode.ERROR_CODE_NAME_IN_USE) expect(error.suggestion).to.match(/^bob\d$/i);
      alice.broadcast('me');
      expect(await alice.next()).to.include({ sender: 'alice' });
    });
  }

  it('to an empty name gives the name up, which others may have then', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    alice.control({ $case: 'rename', rename: { name: '' } });
    const { renamed } = await alice.nextControl('renamed');
    expect(renamed.name).to.match(/^guest-/);
    alice.broadcast('me');
    expect(await alice.next()).to.include({ sender: renamed.name });
    expect((await server.full('alice')).name).to.equal('alice');
    await gone(server, alice, 1);
    expect((await server.again(renamed.token)).name).to.equal(renamed.name);
  });

  it('to the same name in another spelling gives that spelling', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    alice.control({ $case: 'rename', rename: { name: 'ALICE' } });
    expect((await alice.nextControl('renamed')).renamed.name).to.equal('ALICE');
    alice.broadcast('me');
    expect(await alice.next()).to.include({ sender: 'ALICE' });
  });
});

// chat.proto, "Person, device, session": a name is kept for Limits.name_hold_ms.
describe('the name of somebody who has left', () => {
  let data: string;

  beforeEach(async () => {
    data = await makeFolder();
  });

  afterEach(async () => {
    await removeFolder(data);
  });

  it('is given to nobody else, but back to who has its token, whichever way it went', async () => {
    await using server = await TestServer.start();
    const leaveInOrder = (client: RawClient): void => client.end();
    const vanish = (client: RawClient): void => client[Symbol.dispose]();
    const reset = (client: RawClient): void => void client.socket.resetAndDestroy();
    let alice = await server.full('alice');
    for (const leave of [leaveInOrder, vanish, reset]) {
      const { token } = alice.welcome!;
      leave(alice);
      await alice.closed();
      await server.sessions(0);
      const other = await server.connect();
      for (const name of ['alice', 'Alice', '\u0430lice', 'aIice']) {
        other.hello(name);
        const { error } = await other.nextControl('error');
        const isMixed = name.startsWith('\u0430');
        expect(error.code, name).to.equal(
          isMixed ? ErrorCode.ERROR_CODE_BAD_NAME : ErrorCode.ERROR_CODE_NAME_IN_USE,
        );
      }
      await gone(server, other, 0);
      alice = await server.again(token);
      expect(alice.name).to.equal('alice');
    }
  });

  it('is kept over a restart, for a guest that was renamed, too', async () => {
    const tokens: string[] = [];
    {
      await using server = await TestServer.start({ store: 'sqlite', data });
      tokens.push((await server.full('alice')).welcome!.token);
      const guest = await server.full();
      guest.control({ $case: 'rename', rename: { name: 'bob' } });
      await guest.nextControl('renamed');
      tokens.push(guest.welcome!.token);
    }
    await using server = await TestServer.start({ store: 'sqlite', data });
    for (const [index, name] of ['alice', 'bob'].entries()) {
      const other = await server.connect();
      other.hello(name);
      await expectRefusal(other, ErrorCode.ERROR_CODE_NAME_IN_USE);
      expect((await server.again(tokens[index]!)).name).to.equal(name);
    }
  });

  it('is free when it was given up for another one', async () => {
    await using server = await TestServer.start({ store: 'sqlite', data });
    const alice = await server.full('alice');
    alice.control({ $case: 'rename', rename: { name: 'alicia' } });
    await alice.nextControl('renamed');
    await gone(server, alice, 0);
    expect((await server.full('alice')).name).to.equal('alice');
  });

  it('is not kept for a session that was only named by its URL, which has no token', async () => {
    await using server = await TestServer.start();
    for (let count = 0; count < 2; count += 1) {
      const path = '/ws?username=alice';
      using client = await WebSocketClient.open(server.chat.httpPort!, { path });
      client.sendText('me');
      expect(await client.nextText()).to.equal('[alice] me');
      client[Symbol.dispose]();
      await server.sessions(0);
    }
  });
});
