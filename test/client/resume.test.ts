import { expect } from 'chai';
import { connect, ErrorCode, GapReason } from '../../src/index.js';
import { allEvents, nextEvent, nextMessages, reconnectAtOnce } from '../support/chat-clients.js';
import { ScriptedServer } from '../support/scripted-server.js';

const seqs = (messages: readonly { readonly seq: number }[]): number[] =>
  messages.map(({ seq }) => seq);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('a client that loses its connection', () => {
  let server: ScriptedServer;

  beforeEach(async () => {
    server = await ScriptedServer.start();
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  it('goes on after the last message, in each of its rooms, and says when it has caught up', async () => {
    await using client = await connect(server.url, { rooms: ['lobby', 'dev'] });
    const heard = allEvents(client, 'message');
    server.publish('one');
    server.publish('two', 'dev');
    await nextEvent(client, 'message', ({ content }) => content === 'two');
    await server.stop();
    for (let count = 0; count < 37; count += 1) server.publish(`missed ${count}`, 'dev');
    const caughtUp = [
      nextEvent(client, 'caughtUp', ({ room }) => room === 'lobby'),
      nextEvent(client, 'caughtUp', ({ room }) => room === 'dev'),
    ];
    await server.listen();
    expect((await Promise.all(caughtUp)).flat()).to.deep.equal([
      { room: 'lobby', messages: 0 },
      { room: 'dev', messages: 37 },
    ]);
    expect(seqs(heard.filter(({ room }) => room === 'dev'))).to.deep.equal(upTo(38));
    const { epoch } = server.room('dev');
    expect(client.rooms[1]).to.deep.equal({
      room: 'dev',
      position: { epoch, seq: 38 },
      topic: '',
    });
  });

  it('tells what it does about it', async () => {
    await using client = await connect(server.url);
    const states = allEvents(client, 'state');
    server.drop();
    await nextEvent(client, 'state', ({ kind }) => kind === 'open');
    expect(states.map(({ kind }) => kind)).to.deep.equal(['waiting', 'connecting', 'open']);
    expect(states[0]).to.include({ attempt: 1, reason: 'the connection to the server was lost' });
    expect(client.state).to.deep.equal({ kind: 'open' });
  });

  it('gets every message once and in order, wherever its connections are cut', async () => {
    for (let index = 0; index < 40; index += 1) server.publish(`history ${index}`, 'dev');
    const { epoch } = server.room('dev');
    let cutBytes = 0;
    const read = async (): Promise<void> => {
      const rooms = [{ room: 'dev', after: { epoch, seq: 0 } }];
      await using client = await connect(server.url, { rooms });
      reconnectAtOnce(client);
      const messages = await nextMessages(client, 40);
      expect(seqs(messages), `cut at ${cutBytes}`).to.deep.equal(upTo(40));
    };
    // The opening alone has some 150 bytes: a cut within it would be the end of `connect`.
    for (cutBytes = 190; cutBytes < 2600; cutBytes += 13) {
      for (const sentBytes of [cutBytes, 190 + (cutBytes % 97), 900])
        server.cuts.push({ sentBytes });
      await read();
      server.cuts.length = 0;
    }
  });

  it('sends again what was not confirmed: each message is in the room once, in order', async () => {
    const texts = Array.from({ length: 30 }, (_, index) => `text ${index}`);
    let acksOfDuplicates = 0;
    for (let cutBytes = 10; cutBytes < 2400; cutBytes += 61) {
      const room = `room-${cutBytes}`;
      await using client = await connect(server.url, { rooms: [room] });
      reconnectAtOnce(client);
      const heard = nextMessages(client, texts.length);
      // The next connections end while acks are on their way, or messages.
      server.cuts.push({ sentBytes: 250 + cutBytes }, { receivedBytes: 200 + cutBytes });
      server.drop();
      const acks = await Promise.all(texts.map((text) => client.send(text, { room })));
      server.cuts.length = 0;
      acksOfDuplicates += acks.filter(({ duplicate }) => duplicate).length;
      expect(seqs(acks), `cut at ${cutBytes}`).to.deep.equal(upTo(30));
      const { messages } = server.room(room);
      expect(messages.map(({ content }) => content)).to.deep.equal(texts);
      expect(seqs(await heard)).to.deep.equal(upTo(30));
    }
    expect(acksOfDuplicates).to.be.greaterThan(0);
  });

  it('takes a message that comes without those before it for a broken connection', async () => {
    await using client = await connect(server.url);
    reconnectAtOnce(client);
    const heard = nextMessages(client, 3);
    const reasons = allEvents(client, 'state');
    server.publish('one');
    const [peer] = server.peers;
    peer!.rooms.clear();
    server.publish('two');
    peer!.rooms.add('lobby');
    server.publish('three');
    expect(seqs(await heard)).to.deep.equal([1, 2, 3]);
    expect(reasons[0]).to.include({
      reason: 'the server skipped messages before number 3 in lobby',
    });
  });

  it('drops what it has got before', async () => {
    await using client = await connect(server.url);
    const heard = allEvents(client, 'message');
    const first = server.publish('one');
    for (const peer of server.peers) peer.send(first);
    server.publish('two');
    await nextEvent(client, 'message', ({ seq }) => seq === 2);
    expect(seqs(heard)).to.deep.equal([1, 2]);
  });

  it('is told what has expired meanwhile, and gets the rest', async () => {
    await using client = await connect(server.url);
    reconnectAtOnce(client);
    server.publish('one');
    await nextEvent(client, 'message');
    await server.stop();
    for (const content of ['two', 'three', 'four']) server.publish(content);
    server.expire('lobby', 3);
    const gap = nextEvent(client, 'gap');
    const message = nextEvent(client, 'message');
    const caughtUp = nextEvent(client, 'caughtUp');
    await server.listen();
    expect((await gap)[0]).to.deep.include({ room: 'lobby', fromSeq: 2, toSeq: 3 });
    expect((await message)[0]).to.include({ content: 'four', seq: 4 });
    expect((await caughtUp)[0]).to.deep.equal({ room: 'lobby', messages: 1 });
  });

  it('is not told that something is missing which it has got', async () => {
    await using client = await connect(server.url);
    server.publish('one');
    await nextEvent(client, 'message');
    const gap = nextEvent(client, 'gap');
    const reason = GapReason.GAP_REASON_EXPIRED;
    const [peer] = server.peers;
    peer!.control({ $case: 'gap', gap: { room: 'lobby', fromSeq: 1, toSeq: 4, reason } });
    expect((await gap)[0]).to.deep.equal({ room: 'lobby', fromSeq: 2, toSeq: 4, reason });
  });

  it('begins anew, and says so, when the numbering does', async () => {
    await using client = await connect(server.url, { name: 'alice' });
    server.publish('one');
    await nextEvent(client, 'message');
    await server.stop();
    server.forget();
    server.publish('another one');
    const gap = nextEvent(client, 'gap');
    const message = nextEvent(client, 'message');
    await server.listen();
    expect((await gap)[0]).to.include({ reason: GapReason.GAP_REASON_EPOCH });
    expect((await message)[0]).to.include({ content: 'another one', seq: 1 });
    expect(client.rooms[0]!.position).to.deep.equal({
      epoch: server.room('lobby').epoch,
      seq: 1,
    });
  });

  it('tells nothing twice when it is cut between a room that began anew and the gap', async () => {
    await using client = await connect(server.url);
    server.publish('one');
    await nextEvent(client, 'message');
    const heard = allEvents(client, 'message');
    const gaps = allEvents(client, 'gap');
    await server.stop();
    server.forget();
    for (let count = 0; count < 5; count += 1) server.publish(`anew ${count}`);
    reconnectAtOnce(client);
    // Somewhere after the joined, in front of the gap or in the messages after it.
    for (let sentBytes = 190; sentBytes < 400; sentBytes += 7) server.cuts.push({ sentBytes });
    await server.listen();
    await nextEvent(client, 'message', ({ seq }) => seq === 5);
    expect(seqs(heard)).to.deep.equal(upTo(5));
    expect(gaps).to.have.length(1);
  });

  it('asks its iterations to wait, not to end', async () => {
    await using client = await connect(server.url);
    const heard = nextMessages(client, 2);
    server.publish('before');
    await nextEvent(client, 'message');
    server.drop();
    await nextEvent(client, 'state', ({ kind }) => kind === 'open');
    server.publish('after');
    expect((await heard).map(({ content }) => content)).to.deep.equal(['before', 'after']);
  });

  it('rejects what was asked and not answered, but enters the room that it was entering', async () => {
    await using client = await connect(server.url);
    server.intercept = ({ control }) => control !== undefined && control.$case !== 'hello';
    const page = client.history('lobby').catch((error: Error) => error);
    const members = client.members('lobby').catch((error: Error) => error);
    const joined = client.join('dev', { last: 3 });
    await server.until(() => server.received[0]!.length === 5);
    server.intercept = () => false;
    server.publish('history', 'dev');
    server.drop();
    expect(await page).to.include({ name: 'ConnectionError', kind: 'lost' });
    expect(await members).to.include({ name: 'ConnectionError', kind: 'lost' });
    expect(await joined).to.include({ room: 'dev', firstSeq: 1, headSeq: 1 });
  });

  it('comes back to a server that refuses a room for a while, and is out of one that it may not enter', async () => {
    await using client = await connect(server.url, { rooms: ['lobby', 'dev'] });
    reconnectAtOnce(client);
    const codes = [ErrorCode.ERROR_CODE_STORE_UNAVAILABLE, ErrorCode.ERROR_CODE_TOO_MANY_ROOMS];
    server.intercept = ({ control, id }, peer) => {
      if (control?.$case !== 'join' || control.join.room !== 'dev') return false;
      peer.refuse(id, codes.shift()!);
      return true;
    };
    const refused = nextEvent(client, 'refused');
    server.drop();
    expect((await refused)[0].code).to.equal(ErrorCode.ERROR_CODE_TOO_MANY_ROOMS);
    expect(client.rooms.map(({ room }) => room)).to.deep.equal(['lobby']);
    expect((await client.send('still here')).seq).to.equal(1);
  });
});
