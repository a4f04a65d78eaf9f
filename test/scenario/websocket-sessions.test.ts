import { expect } from 'chai';
import { ErrorCode, GapReason, GoodbyeReason, MessageType } from '../../src/protocol/messages.js';
import { ackAndDelivery, nextAck } from '../support/acks.js';
import { covered } from '../support/coverage.js';
import type { RawClient } from '../support/raw-client.js';
import { expectRefusal } from '../support/refusals.js';
import {
  after,
  expectSeqs,
  fetchPage,
  filled,
  join,
  joinOf,
  last,
  leave,
  membersOf,
  numbers,
  publish,
  range,
  seqsOf,
  toRoom,
} from '../support/rooms.js';
import { TestServer } from '../support/server.js';
import { overWebSocket, type Encoding } from '../support/websocket-scene.js';

for (const encoding of ['binary', 'json'] as const satisfies readonly Encoding[]) {
  // chat.proto: all that is said of full sessions, rooms and sending.
  describe(`a full session over WebSocket, in ${encoding}`, () => {
    let server: TestServer;
    let clients: RawClient[];

    async function full(name?: string, token?: string): Promise<RawClient> {
      const client = await overWebSocket(server.chat.httpPort!, encoding);
      clients.push(client);
      await client.enter(name, token);
      return client;
    }

    beforeEach(async () => {
      clients = [];
      server = await TestServer.start({ rateLimit: 0, pongTimeoutMs: 1000 });
    });

    afterEach(async () => {
      for (const client of clients) client[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    });

    it('begins with a hello, which may be refused and said again', async () => {
      await full('alice');
      const client = await overWebSocket(server.chat.httpPort!, encoding);
      clients.push(client);
      client.hello('ALICE');
      const error = await expectRefusal(client, ErrorCode.ERROR_CODE_NAME_IN_USE);
      expect(error.suggestion).not.to.equal('');
      client.broadcast('too early');
      await expectRefusal(client, ErrorCode.ERROR_CODE_HELLO_FIRST);
      client.hello('alice', 2);
      await expectRefusal(client, ErrorCode.ERROR_CODE_BAD_VERSION);
      await client.enter(error.suggestion);
      expect(client.name).to.equal(error.suggestion);
      await client.roundTrip();
    });

    it('hears the lobby, numbered, from whoever speaks', async () => {
      const alice = await full('alice');
      const bob = await server.full('bob');
      alice.broadcast('hi', { id: 'm1' });
      const [ack, own] = await ackAndDelivery(alice);
      expect(ack).to.include({ id: 'm1', room: 'lobby', seq: 1, duplicate: false });
      expect(own).to.include({ content: 'hi', sender: 'alice', room: 'lobby', seq: 1, id: 'm1' });
      expect(own.sentAt).to.deep.equal(ack.sentAt);
      const delivered = await bob.next();
      expect({ ...delivered, id: 'm1' }).to.deep.equal(own);
      bob.broadcast('hello');
      expect(await alice.next()).to.include({ content: 'hello', sender: 'bob', seq: 2 });
    });

    it('knows an id again, on the next connection of any kind as well', async () => {
      const alice = await full('alice');
      alice.broadcast('once', { id: 'm1' });
      await ackAndDelivery(alice);
      alice.broadcast('once', { id: 'm1' });
      expect(await nextAck(alice)).to.include({ id: 'm1', seq: 1, duplicate: true });
      alice.broadcast('another', { id: 'm1' });
      const error = await expectRefusal(alice, ErrorCode.ERROR_CODE_ID_REUSED);
      expect(error.id).to.equal('m1');
      const tcp = await server.again(alice.welcome!.token);
      tcp.broadcast('once', { id: 'm1' });
      expect(await nextAck(tcp)).to.include({ id: 'm1', seq: 1, duplicate: true });
      const again = await full('', tcp.welcome!.token);
      again.broadcast('once', { id: 'm1' });
      expect(await nextAck(again)).to.include({ id: 'm1', seq: 1, duplicate: true });
      await again.roundTrip();
    });

    it('comes back with its token and its place, and misses nothing', async () => {
      const author = await filled(await server.full('author'), 'dev', 3);
      const alice = await full('alice');
      const { epoch, headSeq } = await join(alice, 'dev', last(2));
      await expectSeqs(alice, 'dev', 2, 3);
      alice[Symbol.dispose]();
      await server.sessions(1);
      await publish(author, 'dev', numbers(20, headSeq + 1));
      const again = await full('', alice.welcome!.token);
      expect(again.name).to.equal('alice');
      const joined = await join(again, 'dev', after(headSeq, epoch));
      expect(joined).to.include({ epoch, firstSeq: headSeq + 1, headSeq: 23 });
      await expectSeqs(again, 'dev', headSeq + 1, 23);
      again.send(toRoom('dev', '24', 'mine'));
      const [ack, own] = await ackAndDelivery(again);
      expect(ack.seq).to.equal(24);
      expect(own).to.include({ sender: 'alice', content: '24' });
    });

    it('is closed with a goodbye when its device has connected again, over TCP or WebSocket', async () => {
      const first = await full('alice');
      const second = await server.again(first.welcome!.token);
      const { goodbye } = await first.nextControl('goodbye');
      expect(goodbye.reason).to.equal(GoodbyeReason.GOODBYE_REASON_REPLACED);
      expect(await first.untilClosed()).to.deep.equal([]);
      const third = await full('', second.welcome!.token);
      const replaced = await second.nextControl('goodbye');
      expect(replaced.goodbye.reason).to.equal(GoodbyeReason.GOODBYE_REASON_REPLACED);
      expect(third.name).to.equal('alice');
      await third.roundTrip();
    });

    it('joins and leaves rooms, reads their history, and is told who is there', async () => {
      const author = await filled(await server.full('author'), 'dev', 40);
      const alice = await full('alice');
      alice.control(joinOf('dev', last(5), true), { id: 'j' });
      const { control, id } = await alice.next();
      expect(id).to.equal('j');
      expect(control?.$case === 'joined' && control.joined).to.include({
        firstSeq: 36,
        headSeq: 40,
      });
      const presence = (await alice.nextControl('presence')).presence;
      expect(presence).to.include({ room: 'dev', count: 2, snapshot: true });
      await expectSeqs(alice, 'dev', 36, 40);
      const edge = { $case: 'before', before: 36 } as const;
      const page = await fetchPage(alice, 'dev', 10, edge);
      expect(seqsOf(page)).to.deep.equal(range(26, 35));
      expect(page).to.include({ end: false, tailSeq: 1 });
      alice.control(membersOf('dev'));
      const { memberList } = await alice.nextControl('memberList');
      expect(memberList.count).to.equal(2);
      expect(memberList.members.map(({ name }) => name)).to.have.members(['alice', 'author']);
      await leave(author, 'dev');
      const left = (await alice.nextControl('presence')).presence;
      expect(left).to.deep.include({ left: [{ name: 'author' }], count: 1, snapshot: false });
      await leave(alice, 'dev');
      alice.send(toRoom('dev', 'gone', 'x'));
      await expectRefusal(alice, ErrorCode.ERROR_CODE_NOT_IN_ROOM);
    });

    it('is told what it does not get: a gap', async () => {
      await server[Symbol.asyncDispose]();
      server = await TestServer.start({
        rateLimit: 0,
        logBytesMax: 100_000,
        storeBytesMax: 100_000,
      });
      const author = await filled(await server.full('author'), 'dev', 0);
      await publish(author, 'dev', covered('dev', 1, 300));
      const alice = await full('alice');
      alice.control(joinOf('dev', after(0)));
      const { joined } = await alice.nextControl('joined');
      const { gap } = await alice.nextControl('gap');
      expect(gap).to.deep.equal({
        room: 'dev',
        fromSeq: 1,
        toSeq: joined.firstSeq - 1,
        reason: GapReason.GAP_REASON_EXPIRED,
      });
      expect(joined.firstSeq).to.be.within(2, 300);
      const rest = await alice.nextMany(300 - joined.firstSeq + 1);
      expect(rest.map(({ seq }) => seq)).to.deep.equal(range(joined.firstSeq, 300));
    });

    it('has its requests answered in their order', async () => {
      const alice = await full('alice');
      alice.send(
        { content: 'one' },
        { control: { $case: 'ping', ping: { nonce: 4_294_967_295 } }, id: 'two' },
        { control: membersOf('lobby'), id: 'three' },
        { content: '', type: MessageType.BROADCAST, id: 'four' },
        {
          control: {
            $case: 'ack',
            ack: { id: '', room: '', seq: 0, sentAt: undefined, duplicate: false },
          },
          id: 'five',
        },
        { content: 'six', id: 'six' },
      );
      const answers = await alice.nextMany(6);
      expect(answers[0]).to.include({ content: 'one' });
      expect(answers[1]).to.include({ id: 'two' });
      expect(answers[1]!.control).to.deep.equal({ $case: 'pong', pong: { nonce: 4_294_967_295 } });
      expect(answers[2]).to.include({ id: 'three' });
      expect(codeOf(answers[3]!)).to.equal(ErrorCode.ERROR_CODE_EMPTY_CONTENT);
      expect(codeOf(answers[4]!)).to.equal(ErrorCode.ERROR_CODE_NOT_A_REQUEST);
      expect(answers[5]).to.include({ content: 'six', id: 'six' });
    });

    it('that is silent is pinged, and closed when nothing comes back', async () => {
      await server[Symbol.asyncDispose]();
      server = await TestServer.start({ silenceTimeoutMs: 200, pongTimeoutMs: 200 });
      const client = await overWebSocket(server.chat.httpPort!, encoding, { pings: true });
      clients.push(client);
      await client.enter('quiet');
      const { ping } = await client.nextControl('ping');
      client.control({ $case: 'pong', pong: ping });
      await client.nextControl('ping');
      const { goodbye } = await client.nextControl('goodbye');
      expect(goodbye.reason).to.equal(GoodbyeReason.GOODBYE_REASON_SILENT);
      expect(await client.untilClosed()).to.deep.equal([]);
    });
  });
}

function codeOf({ control }: Awaited<ReturnType<RawClient['next']>>): ErrorCode | undefined {
  return control?.$case === 'error' ? control.error.code : undefined;
}
