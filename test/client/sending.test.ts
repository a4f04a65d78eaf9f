import { expect } from 'chai';
import { connect, ConnectionError, ErrorCode, MessageType } from '../../src/index.js';
import { allEvents, nextEvent, reconnectAtOnce, rejection } from '../support/chat-clients.js';
import { ScriptedServer } from '../support/scripted-server.js';

describe('what a client sends', () => {
  let server: ScriptedServer;

  beforeEach(async () => {
    server = await ScriptedServer.start();
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  it('is confirmed with its id, number and time', async () => {
    await using client = await connect(server.url);
    const ack = await client.send('hello', { id: 'mine' });
    const { sentAt } = server.room('lobby').messages[0]!;
    expect(ack).to.deep.equal({ id: 'mine', room: 'lobby', seq: 1, sentAt, duplicate: false });
    const echo = await client.send('hello', { type: MessageType.ECHO, id: 'echo' });
    expect(echo).to.include({ id: 'echo', room: '', seq: 0, duplicate: false });
  });

  it('is accepted once under one id, and refused with another text', async () => {
    await using client = await connect(server.url);
    await client.send('once', { id: 'm' });
    expect(await client.send('once', { id: 'm' })).to.include({ seq: 1, duplicate: true });
    const error = await rejection(client.send('other', { id: 'm' }));
    expect(error).to.include({ code: ErrorCode.ERROR_CODE_ID_REUSED });
    expect(server.room('lobby').messages).to.have.length(1);
  });

  it('is told to be pending, then sent or failed', async () => {
    await using client = await connect(server.url);
    const deliveries = allEvents(client, 'delivery');
    const good = client.send('good', { id: 'good' });
    expect(client.unconfirmed).to.deep.equal([
      { id: 'good', room: 'lobby', content: 'good', type: 1, state: 'pending' },
    ]);
    const ack = await good;
    const error = await rejection(client.send('bad', { id: 'bad', room: 'elsewhere' }));
    expect(error).to.include({ code: ErrorCode.ERROR_CODE_NOT_IN_ROOM });
    const about = (id: string): unknown[] => deliveries.filter((one) => one.id === id);
    expect(about('good').at(-1)).to.deep.include({ state: 'sent', ack });
    expect(about('bad').at(-1)).to.deep.include({ state: 'failed', error });
    expect(deliveries.map(({ state }) => state)).to.deep.equal([
      'pending',
      'sent',
      'pending',
      'failed',
    ]);
    expect(client.unconfirmed).to.be.empty;
  });

  it('can be sent again under its id after it has failed', async () => {
    await using client = await connect(server.url);
    server.intercept = ({ type, id }, peer) => {
      if (type === MessageType.BROADCAST) {
        peer.refuse(id, ErrorCode.ERROR_CODE_STORE_UNAVAILABLE);
      }
      return type === MessageType.BROADCAST;
    };
    const error = await rejection(client.send('text', { id: 'm' }));
    expect(error).to.include({ code: ErrorCode.ERROR_CODE_STORE_UNAVAILABLE });
    server.intercept = () => false;
    expect(await client.send('text', { id: 'm' })).to.include({ seq: 1, duplicate: false });
  });

  it('waits for a connection, and goes after the joins, in its order, with what was not confirmed', async () => {
    await using client = await connect(server.url, { rooms: ['lobby', 'dev'] });
    server.intercept = ({ type }) => type === MessageType.BROADCAST;
    const sent = ['1', '2'].map((text) => client.send(text));
    await server.until(() => server.received[0]!.at(-1)?.content === '2');
    server.intercept = () => false;
    const waiting = nextEvent(client, 'state');
    server.drop();
    await waiting;
    sent.push(client.send('3', { room: 'dev' }), client.send('4', { type: MessageType.ECHO }));
    const ids = client.unconfirmed.map(({ id }) => id);
    await Promise.all(sent);
    const again = server.received[1]!;
    expect(again.slice(0, 3).map(({ control }) => control?.$case)).to.deep.equal([
      'hello',
      'join',
      'join',
    ]);
    expect(again.slice(3).map(({ content }) => content)).to.deep.equal(['1', '2', '3', '4']);
    expect(again.slice(3).map(({ id }) => id)).to.deep.equal(ids);
  });

  it('is refused when too much waits for a connection', async () => {
    await using client = await connect(server.url, { unconfirmedMax: 2 });
    const waiting = nextEvent(client, 'state');
    await server.stop();
    await waiting;
    const sent = [client.send('1'), client.send('2')];
    const error = await rejection(client.send('3'));
    expect(error).to.be.instanceOf(ConnectionError).and.to.include({ kind: 'lost' });
    await server.listen();
    expect((await Promise.all(sent)).map(({ seq }) => seq)).to.deep.equal([1, 2]);
  });

  it('stays unconfirmed when a server stops before it has accepted it', async () => {
    await using client = await connect(server.url);
    reconnectAtOnce(client);
    server.intercept = ({ type, id }, peer) => {
      if (type !== MessageType.BROADCAST) return false;
      peer.refuse(id, ErrorCode.ERROR_CODE_SHUTTING_DOWN);
      peer.goodbye({ reconnect: true, reconnectAfterMs: 0 });
      server.intercept = () => false;
      return true;
    };
    expect(await client.send('text')).to.include({ seq: 1, duplicate: false });
    expect(server.received).to.have.length(2);
  });

  it('fails when it may have arrived and the server does not know its sender any more', async () => {
    await using client = await connect(server.url);
    reconnectAtOnce(client);
    server.intercept = ({ type }) => type === MessageType.BROADCAST;
    const broadcast = rejection(client.send('perhaps'));
    const echo = client.send('harmless', { type: MessageType.ECHO });
    await echo;
    server.intercept = () => false;
    server.forgetTokens();
    server.drop();
    expect((await broadcast).message).to.contain('may or may not have been stored');
    expect((await client.send('the next one')).seq).to.equal(1);
  });

  it('is sent again to a server that has forgotten the whole room', async () => {
    await using client = await connect(server.url);
    reconnectAtOnce(client);
    server.intercept = ({ type }) => type === MessageType.BROADCAST;
    const sent = client.send('text');
    await server.until(() => server.received[0]!.at(-1)?.content === 'text');
    server.intercept = () => false;
    server.forget();
    server.drop();
    expect(await sent).to.include({ seq: 1, duplicate: false });
  });

  it('goes out thousands at a time, in few writes', async () => {
    await using client = await connect(server.url);
    let chunks = 0;
    const [peer] = server.peers;
    peer!.socket.on('data', () => (chunks += 1));
    const texts = Array.from({ length: 5000 }, (_, index) => `text ${index}`);
    const acks = await Promise.all(texts.map((text) => client.send(text)));
    expect(acks.map(({ seq }) => seq)).to.deep.equal(texts.map((_, index) => index + 1));
    expect(chunks).to.be.lessThan(100);
  });

  it('may have the id of a message under way only once', async () => {
    await using client = await connect(server.url);
    const first = client.send('text', { id: 'm' });
    expect(await rejection(client.send('text', { id: 'm' }))).to.include({
      code: ErrorCode.ERROR_CODE_ID_REUSED,
    });
    const tooLong = await rejection(client.send('text', { id: 'ü'.repeat(33) }));
    expect(tooLong).to.include({ code: ErrorCode.ERROR_CODE_ID_TOO_LONG });
    expect((await first).seq).to.equal(1);
    // What is no text in an id is sent, and comes back, as U+FFFD.
    expect((await client.send('text', { id: 'a\ud800' })).id).to.equal('a\ufffd');
  });
});
