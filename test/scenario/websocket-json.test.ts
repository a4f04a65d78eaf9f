import { expect } from 'chai';
import { reflection, type Reflection } from '../support/reflection.js';
import { TestServer } from '../support/server.js';
import {
  expectCanonical,
  jsonProtocol,
  WebSocketClient,
  type Json,
} from '../support/websocket-client.js';

const options = { protocols: [jsonProtocol] };

// chat.proto, 12.3 and 12.5: `tcpchat.v1.json`.
describe('JSON over WebSocket', () => {
  let reflected: Reflection;
  let server: TestServer;
  let client: WebSocketClient;

  before(async () => {
    reflected = await reflection();
  });

  beforeEach(async () => {
    server = await TestServer.start();
    client = await WebSocketClient.open(server.chat.httpPort!, options);
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  /** The next message, which is proto3 JSON by another implementation's word. */
  async function next(from: WebSocketClient): Promise<Json> {
    const json = await from.nextJson();
    expectCanonical(json, reflected);
    return json;
  }

  async function full(name: string, token?: string): Promise<[WebSocketClient, Json]> {
    const other = await WebSocketClient.open(server.chat.httpPort!, options);
    other.sendJson({ hello: { version: 1, name, ...(token === undefined ? {} : { token }) } });
    const { welcome } = await next(other);
    return [other, welcome as Json];
  }

  it('is a text of two fields, which come back with marks', async () => {
    client.sendText('{"content":"hi"}');
    await client.expectText('{"content":"(echo)hi","type":"ECHO"}');
    client.sendText('{"content":"hi","type":"BROADCAST"}');
    await client.expectText('{"content":"(broadcast)hi","type":"BROADCAST"}');
    client.sendText('{}');
    await client.expectText('{"content":"(echo)","type":"ECHO"}');
    client.sendText('{"type":"BROADCAST"}');
    await client.expectText('{"content":"(error)the content must not be empty","type":"ECHO"}');
  });

  it('says 64-bit numbers as strings, times in UTC, and names in camelCase', async () => {
    const [alice, welcome] = await full('alice');
    using _ = alice;
    expect(welcome).to.include({ name: 'alice', version: 1 });
    expect(welcome['limits']).to.include({ frameBytesMax: 65_536, messagesPerSecond: 200 });
    alice.sendJson({ content: 'hi', type: 'BROADCAST', id: 'm1' });
    const both = [await next(alice), await next(alice)];
    const delivered = both.find(({ content }) => content === 'hi')!;
    const { ack } = both.find((message) => 'ack' in message) as { ack: Json };
    expect(delivered).to.include({ type: 'BROADCAST', id: 'm1', room: 'lobby', sender: 'alice' });
    for (const fields of [delivered, ack]) {
      expect(fields['seq']).to.equal('1');
      expect(fields['sentAt']).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/);
    }
  });

  it('says everything of a full session: each kind of control message', async () => {
    const [alice, { token }] = await full('alice');
    alice.sendJson({ join: { room: 'dev', presence: true } });
    expect(await next(alice))
      .to.have.property('joined')
      .that.includes({ room: 'dev' });
    expect(await next(alice)).to.deep.include({
      presence: { room: 'dev', joined: [{ name: 'alice' }], count: 1, snapshot: true },
    });
    for (const content of ['one', 'two', 'three']) {
      alice.sendJson({ content, type: 'BROADCAST', room: 'dev' });
      expect(await next(alice)).to.include({ content });
    }
    alice.sendJson({ fetch: { room: 'dev', after: '1', limit: 1 }, id: 'f' });
    const { page, id } = (await next(alice)) as { page: Json; id: string };
    expect(id).to.equal('f');
    expect(page['messages']).to.have.length(1);
    expect((page['messages'] as Json[])[0]).to.include({ content: 'two', seq: '2' });
    expect(page).to.include({ room: 'dev', tailSeq: '1' });
    alice.sendJson({ members: { room: 'dev' }, id: 'm' });
    expect(await next(alice)).to.deep.include({
      id: 'm',
      memberList: { room: 'dev', members: [{ name: 'alice' }], count: 1 },
    });
    alice.sendJson({ ping: { nonce: 4_294_967_295 } });
    expect(await next(alice)).to.deep.include({ pong: { nonce: 4_294_967_295 } });
    alice.sendJson({ join: { room: 'dev', after: { epoch: 'another', seq: '2' } } });
    expect(await next(alice))
      .to.have.property('joined')
      .that.includes({ headSeq: '3' });
    expect((await next(alice))['gap']).to.include({ room: 'dev', reason: 'GAP_REASON_EPOCH' });
    for (const content of ['one', 'two', 'three']) {
      expect(await next(alice)).to.include({ content });
    }
    alice.sendJson({ leave: { room: 'dev' } });
    expect(await next(alice)).to.deep.include({ left: { room: 'dev' } });
    alice.sendJson({ members: { room: 'dev' }, id: 'e' });
    expect((await next(alice))['error']).to.include({ code: 'ERROR_CODE_NOT_IN_ROOM', id: 'e' });
    const [again] = await full('', token as string);
    expect((await next(alice))['goodbye']).to.include({ reason: 'GOODBYE_REASON_REPLACED' });
    expect(await alice.ended()).to.include({ code: 1008 });
    again[Symbol.dispose]();
  });

  it('may say numbers as numbers or strings, names as in chat.proto, enums as numbers, null for absent', async () => {
    const [alice] = await full('alice');
    using _ = alice;
    alice.sendText('{"content":"hi","type":1,"seq":"77","sender":"eve","id":null}');
    expect(await next(alice)).to.include({ content: 'hi', seq: '1', sender: 'alice' });
    for (const [position, count] of [
      ['{"seq":0}', 1],
      ['{"seq":"1"}', 0],
    ] as const) {
      alice.sendText(`{"join":{"room":"","after":${position},"presence":null}}`);
      const { joined } = (await next(alice)) as { joined: Json };
      expect(joined['firstSeq']).to.equal(String(2 - count));
      if (count === 1) expect(await next(alice)).to.include({ content: 'hi' });
    }
    alice.sendText('{"ping":{"nonce":"7"},"sent_at":null}');
    expect(await next(alice)).to.deep.include({ pong: { nonce: 7 } });
    alice.sendText(' \n{ "fetch" : { "before" : 2 } }\t');
    expect((await next(alice))['page']).to.include({ end: true });
  });

  it('drops fields that the server does not know, and those that only it may set', async () => {
    client.sendText(
      '{"content":"hi","colour":{"deep":[1,{"x":null}]},"99":1,"seq":"9","sender":"eve","sentAt":"2020-01-01T00:00:00Z"}',
    );
    await client.expectText('{"content":"(echo)hi","type":"ECHO"}');
    const [alice] = await full('alice');
    using _ = alice;
    alice.sendText('{"join":{"room":"dev","mood":"good","last":0}}');
    expect(await next(alice))
      .to.have.property('joined')
      .that.includes({ room: 'dev' });
    alice.sendText('{"toString":1,"__proto__":{"content":"x"},"constructor":2,"content":"mine"}');
    expect(await next(alice)).to.include({ content: 'mine' });
  });

  it('with a type that there is not is refused, and the connection stays', async () => {
    const [alice] = await full('alice');
    using _ = alice;
    for (const type of ['2', '-1', '77']) {
      alice.sendText(`{"content":"hi","type":${type},"id":"t"}`);
      const { error } = (await next(alice)) as { error: Json };
      expect(error).to.include({ code: 'ERROR_CODE_UNKNOWN_TYPE', id: 't' });
    }
    alice.sendJson({ content: 'hi' });
    expect(await next(alice)).to.include({ content: 'hi' });
  });

  it('counts bytes of UTF-8, and gives text back as it was', async () => {
    for (const content of [
      '👋'.repeat(1024),
      '"\\\n\u0000\u2028<script>',
      '\ufeffhi',
      '\u202eabc',
    ]) {
      client.sendJson({ content });
      expect(await next(client)).to.include({ content: `(echo)${content}` });
    }
    client.sendText('{"content":"\\ud83d\\udc4b\\u0041"}');
    expect(await next(client)).to.include({ content: '(echo)👋A' });
    client.sendJson({ content: '👋'.repeat(1025) });
    expect((await next(client))['content']).to.match(/^\(error\)the content /);
  });
});
