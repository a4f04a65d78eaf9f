import { expect } from 'chai';
import { ErrorCode, type ErrorReply } from '../../src/protocol/messages.js';
import { RawClient } from '../support/raw-client.js';
import { TestServer } from '../support/server.js';

const good = [
  ['a'],
  ['Z'],
  ['7of9'],
  ['0'],
  ['alice.b_c-d'],
  ['a...'],
  ['x'.repeat(32), '32 letters'],
  ['\u{10428}'.repeat(32), '32 letters beyond U+FFFF'],
  ['山田太郎'],
  ['Łukasz'],
  ['עברית'],
  ['مرحبا'],
  ['٣٤٥', 'Arabic digits'],
  ['ẞ'],
  ['हिन्दी', 'letters with marks'],
  ['guest'],
  ['guest1'],
  ['guests-1'],
  ['root'],
  ['yuki山田たろう', 'Latin letters with Japanese ones'],
  ['kim金김', 'Latin letters with Korean ones'],
  ['Алиса', 'Cyrillic letters alone'],
] as const;

const bad = [
  ['.a'],
  ['-a'],
  ['_a'],
  ['a b'],
  [' a'],
  ['a '],
  ['a/b'],
  ['a:b'],
  ['a@b'],
  ['[a]'],
  ['x'.repeat(33), '33 letters'],
  ['\u{10428}'.repeat(33), '33 letters beyond U+FFFF'],
  ['guest-'],
  ['guest-1'],
  ['guest-alice'],
  ['Guest-1'],
  ['GUEST-x'],
  ['a\n', 'a newline'],
  ['a\u0000', 'NUL'],
  ['a\u001b[31m', 'an escape sequence'],
  ['a\u007f', 'DEL'],
  ['a\u009b', 'a C1 control'],
  ['a\u202eb', 'a bidi override'],
  ['a\u200bb', 'a zero-width space'],
  ['a\u200db', 'a zero-width joiner'],
  ['\u{1f600}', 'an emoji'],
  ['a²', 'a superscript, which is a number and no digit'],
  ['aⅧ', 'a Roman numeral, which is a number and no digit'],
  ['a\ufffdb', 'a replacement character'],
  ['\u0430lice', 'a Cyrillic letter among Latin ones'],
  ['gu\u0435st-1', 'a name of a guest with a Cyrillic letter'],
  ['guest\u30fc1', 'a name of a guest with a Japanese dash'],
  ['alice\u0967', 'a digit of another script'],
] as const;

// chat.proto, Hello.name, ERROR_CODE_BAD_NAME and ERROR_CODE_NAME_IN_USE.
describe('a name', () => {
  for (const [name, what = JSON.stringify(name)] of good) {
    it(`can be ${what}`, async () => {
      await using server = await TestServer.start();
      const client = await server.full(name);
      expect(client.name).to.equal(name);
      client.broadcast('hi');
      expect(await client.next()).to.include({ sender: name });
    });
  }

  for (const [name, what = JSON.stringify(name)] of bad) {
    it(`cannot be ${what}`, async () => {
      await using server = await TestServer.start();
      const client = await server.connect();
      client.hello(name);
      const { error } = await client.nextControl('error');
      expect(error).to.include({ code: ErrorCode.ERROR_CODE_BAD_NAME, retryable: false });
      expect(client.isClosed).to.equal(false);
    });
  }

  const same = [
    ['alice', 'alice'],
    ['alice', 'ALICE'],
    ['Łukasz', 'łUKASZ'],
    ['ΣΊΣΥΦΟΣ', 'σίσυφοσ'],
    ['x'.repeat(32), 'X'.repeat(32)],
    ['alice', 'a1ice'],
    ['BOB', '\u0412\u041e\u0412'],
    ['scope', '\u0455\u0441\u043e\u0440\u0435'],
    ['alIce', 'allce'],
  ] as const;
  for (const [taken, wanted] of same) {
    it(`${wanted} is in use when somebody is called ${taken}; a free one is suggested`, async () => {
      await using server = await TestServer.start();
      const owner = await server.full(taken);
      const error = await refusedName(server, wanted);
      expect(error).to.include({ code: ErrorCode.ERROR_CODE_NAME_IN_USE, retryable: true });
      expect(error.suggestion).not.to.equal('');
      const second = await server.full(error.suggestion);
      expect(second.name).to.equal(error.suggestion);

      const third = await server.full((await refusedName(server, wanted)).suggestion);
      expect(new Set([owner.name, second.name, third.name]).size).to.equal(3);
    });
  }

  it('that looks like one that was given up is free', async () => {
    await using server = await TestServer.start();
    const alice = await server.full('alice');
    const other = await server.again(alice.welcome!.token, 'somebody');
    expect((await server.full('a1ice')).name).to.equal('a1ice');
    expect((await server.again(other.welcome!.token, 'S0mebody')).name).to.equal('S0mebody');
  });

  it('that mixes scripts is refused with a sentence that says so', async () => {
    await using server = await TestServer.start();
    const error = await refusedName(server, '\u0430lice');
    expect(error.message).to.match(/^a name must not mix letters of different scripts/);
  });

  it('that was refused leaves the connection to say hello with the one suggested', async () => {
    await using server = await TestServer.start();
    await server.full('alice');
    const client = await server.connect();
    client.hello('alice');
    const { error } = await client.nextControl('error');
    client.hello(error.suggestion);
    expect((await client.nextControl('welcome')).welcome.name).to.equal(error.suggestion);
  });

  it('is free again at once when its session is gone, where names are not kept', async () => {
    await using server = await TestServer.start({ nameHoldHours: 0 });
    const other = await server.bare();
    const leaveInOrder = (client: RawClient): void => client.end();
    const vanish = (client: RawClient): void => client[Symbol.dispose]();
    const reset = (client: RawClient): void => void client.socket.resetAndDestroy();
    for (const leave of [leaveInOrder, vanish, reset]) {
      const client = await server.full('alice');
      leave(client);
      await client.closed();
      await server.sessions(1);
    }
    expect((await server.full('Alice')).name).to.equal('Alice');
    await other.roundTrip();
  });

  it('of a guest is nobody else’s, and is not given to the next one', async () => {
    await using server = await TestServer.start();
    const first = await server.full();
    const { name } = first;
    expect((await refusedName(server, name)).code).to.equal(ErrorCode.ERROR_CODE_BAD_NAME);
    const second = await server.full();
    expect(second.name).not.to.equal(name);
  });
});

async function refusedName(server: TestServer, name: string): Promise<ErrorReply> {
  const client = await server.connect();
  client.hello(name);
  return (await client.nextControl('error')).error;
}
