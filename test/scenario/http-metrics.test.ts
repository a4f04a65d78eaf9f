import { expect } from 'chai';
import { Crowd } from '../support/crowd.js';
import { ask, exchange, expectSecure } from '../support/http.js';
import { Measured } from '../support/metrics.js';
import { handshake, handshakeHeaders, RawWebSocket } from '../support/raw-websocket.js';
import { join } from '../support/rooms.js';
import { TestServer } from '../support/server.js';
import { jsonProtocol } from '../support/websocket-client.js';
import { opcodes } from '../support/websocket-frames.js';
import { Company } from '../support/websocket-scene.js';

// What an operator sees of a server at /metrics.
describe('the metrics of a server', () => {
  let server: TestServer;
  let port: number;

  beforeEach(async () => {
    server = await TestServer.start({ rateLimit: 0, outboxBytesMax: 65_536 });
    port = server.chat.httpPort!;
  });

  afterEach(async () => server[Symbol.asyncDispose]());

  async function sessions(): Promise<{ tcp: number; websocket: number }> {
    const measured = await Measured.of(port);
    const by = (transport: string): number =>
      measured.labelled('tcp_chat_sessions', `transport="${transport}"`);
    return { tcp: by('tcp'), websocket: by('websocket') };
  }

  it('are text that any collector reads, and safe for a browser', async () => {
    const answer = await ask(port, '/metrics');
    expectSecure(answer);
    expect(answer.headers.get('cache-control')).to.match(/no-store|no-cache/);
    await Measured.of(port);
  });

  it('count the sessions that there are, by transport', async () => {
    expect(await sessions()).to.deep.equal({ tcp: 0, websocket: 0 });
    const company = await Company.join(server);
    expect(await sessions()).to.deep.equal({ tcp: 2, websocket: company.all.length - 2 });
    for (let round = 0; round < 3; round += 1) {
      const tcp = await server.bare();
      using lines = await RawWebSocket.open(port, { path: '/ws?username=a' });
      using json = await RawWebSocket.open(port, { protocols: [jsonProtocol] });
      expect(await sessions()).to.deep.equal({ tcp: 3, websocket: company.all.length });
      tcp.end();
      lines.close();
      json.socket.resetAndDestroy();
      await server.sessions(company.all.length);
      expect(await sessions()).to.deep.equal({ tcp: 2, websocket: company.all.length - 2 });
    }
  });

  async function counted(): Promise<{ stored: number; delivered: number }> {
    const measured = await Measured.of(port);
    return {
      stored: measured.get('tcp_chat_messages_total', 'counter'),
      delivered: measured.get('tcp_chat_deliveries_total', 'counter'),
    };
  }

  it('count messages that were stored, and deliveries of them, to whomever', async () => {
    expect(await counted()).to.deep.equal({ stored: 0, delivered: 0 });
    const company = await Company.join(server);
    const people = company.all.length;
    let { stored, delivered } = await counted();
    expect(stored).to.be.at.least(people);
    for (let round = 1; round <= 3; round += 1) {
      await company.chat();
      stored += people;
      delivered += people ** 2;
      expect(await counted()).to.deep.equal({ stored, delivered });
    }
  });

  it('measure what the store takes for its appends', async () => {
    const alice = await server.full('alice');
    for (let count = 1; count <= 5; count += 1) {
      alice.broadcast('hi');
      await alice.next();
      const commits = (await Measured.of(port)).histogram('tcp_chat_commit_seconds');
      expect(commits.count).to.equal(count);
      expect(commits.sum).to.be.within(0, 10);
    }
  });

  it('count refusals by their code, of all encodings', async () => {
    const refusals = async (code: string): Promise<number> =>
      (await Measured.of(port)).labelled('tcp_chat_refusals_total', `code="${code}"`);
    expect(await refusals('ERROR_CODE_EMPTY_CONTENT')).to.equal(0);
    const bare = await server.bare();
    bare.broadcast('');
    await bare.next();
    using lines = await RawWebSocket.open(port);
    lines.text('');
    await lines.nextText();
    expect(await refusals('ERROR_CODE_EMPTY_CONTENT')).to.equal(2);
    lines.send({ opcode: 3 });
    await lines.ended();
    expect(await refusals('ERROR_CODE_BAD_WEBSOCKET')).to.equal(1);
    using wrong = await RawWebSocket.open(port, { protocols: [jsonProtocol] });
    wrong.binary('x');
    await wrong.ended();
    expect(await refusals('ERROR_CODE_WRONG_MESSAGE_KIND')).to.equal(1);
    expect(await refusals('ERROR_CODE_EMPTY_CONTENT')).to.equal(2);
  });

  it('count what /echo refuses like what sessions are refused', async () => {
    const refusals = async (): Promise<readonly number[]> => {
      const measured = await Measured.of(port);
      return ['FRAME_TOO_LARGE', 'BAD_WEBSOCKET', 'INVALID_UTF8', 'SHUTTING_DOWN'].map((code) =>
        measured.labelled('tcp_chat_refusals_total', `code="ERROR_CODE_${code}"`),
      );
    };
    expect(await refusals()).to.deep.equal([0, 0, 0, 0]);
    for (const frame of [
      { opcode: opcodes.binary, payload: new Uint8Array(65_537) },
      { opcode: opcodes.binary, payload: new Uint8Array(100_000) },
      { opcode: 3 },
      { opcode: opcodes.text, payload: [0xff] },
    ]) {
      using echo = await RawWebSocket.open(port, { path: '/echo' });
      // What stands after it is not looked at any more.
      echo.send(frame, frame);
      await echo.ended();
    }
    using fine = await RawWebSocket.open(port, { path: '/echo' });
    fine.close();
    await fine.ended();
    expect(await refusals()).to.deep.equal([2, 1, 1, 0]);
  });

  it('count the rooms that somebody is in', async () => {
    const rooms = async (): Promise<number> =>
      (await Measured.of(port)).get('tcp_chat_rooms', 'gauge');
    expect(await rooms()).to.equal(1); // the lobby
    const alice = await server.full('alice');
    await join(alice, 'dev');
    await join(alice, 'ops');
    expect(await rooms()).to.equal(3);
    alice.end();
    await server.sessions(0);
    expect(await rooms()).to.equal(1);
  });

  it('say how many sessions lag, and how much waits for them', async () => {
    const state = async (): Promise<readonly [laggards: number, bytes: number]> => {
      const measured = await Measured.of(port);
      return [
        measured.get('tcp_chat_laggards', 'gauge'),
        measured.get('tcp_chat_peer_memory_bytes', 'gauge'),
      ];
    };
    expect(await state()).to.deep.equal([0, 0]);
    using crowd = await Crowd.join(server.port, 3);
    using slow = await RawWebSocket.open(port, { path: '/ws?username=slow' });
    slow.socket.pause();
    await crowd.publish(4000);
    const [laggards, bytes] = await state();
    expect(laggards).to.equal(1);
    expect(bytes).to.be.within(1, 10_000_000);
    slow.socket.resume();
    for (let number = 0; number < 4000; number += 1) await slow.nextText();
    expect(await state()).to.deep.equal([0, 0]);
  });

  it('count what is refused over HTTP by its status, of requests and of upgrades', async () => {
    const counted = async (): Promise<Record<number, number>> => {
      const measured = await Measured.of(port);
      const labelled = (status: number): number =>
        measured.labelled('tcp_chat_http_refusals_total', `status="${status}"`);
      const statuses = [400, 403, 404, 405, 408, 413, 414, 417, 426, 431];
      const all = statuses.map((status) => [status, labelled(status)] as const);
      return Object.fromEntries(all.filter(([, count]) => count > 0));
    };
    for (const path of ['/', '/healthz', '/readyz']) await ask(port, path);
    expect(await counted()).to.deep.equal({});
    const foreign = { ...handshakeHeaders, Origin: 'http://evil.example' };
    await ask(port, '/ws', { headers: foreign });
    await ask(port, '/echo', { headers: foreign });
    expect(await counted()).to.deep.equal({ 403: 2 });
    await ask(port, '/nothing');
    await ask(port, '/ws/nothing', { headers: handshakeHeaders });
    await ask(port, '/', { method: 'POST' });
    await exchange(port, 'CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(await counted()).to.deep.equal({ 403: 2, 404: 2, 405: 2 });
    await exchange(port, 'NO request\r\n\r\n');
    await exchange(port, handshake('/ws', { Host: 'a b' }));
    await exchange(port, handshake('/ws', { 'Sec-WebSocket-Key': 'x' }));
    await ask(port, '/', { headers: { 'Content-Length': '1' }, body: 'x' });
    await ask(port, '/'.padEnd(3000, 'x'));
    await ask(port, '/', { headers: { Expect: 'the unexpected' } });
    await ask(port, '/ws');
    await ask(port, '/ws', { headers: { ...handshakeHeaders, 'Sec-WebSocket-Version': '12' } });
    const more = { 400: 3, 413: 1, 414: 1, 417: 1, 426: 2 };
    expect(await counted()).to.deep.equal({ 403: 2, 404: 2, 405: 2, ...more });
  });

  it('say how late the event loop is, and what the process needs', async () => {
    const lags = async (): Promise<number[]> => {
      const measured = await Measured.of(port);
      return ['p50', 'p99', 'max'].map((part) =>
        measured.get(`nodejs_eventloop_lag_${part}_seconds`, 'gauge'),
      );
    };
    // It is measured from the first time on that somebody asks.
    expect(await lags()).to.deep.equal([NaN, NaN, NaN]);
    const bare = await server.bare();
    let [p50, p99, max] = [NaN, NaN, NaN];
    // Some round trips are undisturbed, whatever else the machine does.
    while (!(p50 < 0.005)) {
      const endMs = performance.now() + 100;
      while (performance.now() < endMs) await bare.roundTrip();
      [p50, p99, max] = (await lags()) as [number, number, number];
      expect([p50, p99, max]).to.satisfy((all: number[]) => all.every((one) => one >= 0));
      expect(p50 <= p99 && p99 <= max + 0.001, `${p50} ${p99} ${max}`).to.equal(true);
    }
    const measured = await Measured.of(port);
    expect(measured.get('process_resident_memory_bytes', 'gauge')).to.be.greaterThan(1e6);
  });
});
