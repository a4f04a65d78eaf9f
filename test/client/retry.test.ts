import { expect } from 'chai';
import { ChatClient } from '../../src/client/client.js';
import { dialTcp } from '../../src/client/dial-tcp.js';
import { Backoff } from '../../src/client/retry.js';
import { ErrorCode } from '../../src/protocol/messages.js';
import { allEvents, nextEvent } from '../support/chat-clients.js';
import { ManualTime } from '../support/manual-time.js';
import { ScriptedServer } from '../support/scripted-server.js';

describe('the delays between attempts to connect', () => {
  it('double their bound from 250 ms to 15 s, until they are reset', () => {
    const backoff = new Backoff(() => 1);
    const delays = Array.from({ length: 8 }, () => backoff.next());
    expect(delays).to.deep.equal([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    backoff.reset();
    expect(backoff.next()).to.equal(250);
  });

  it('are drawn anew each time, from 100 ms to the bound', () => {
    const chances = [0, 0.5, 0.25, 0.75];
    const backoff = new Backoff(() => chances.shift()!);
    expect(Array.from({ length: 4 }, () => backoff.next())).to.deep.equal([100, 250, 250, 1500]);
  });
});

describe('a client that waits to connect again', () => {
  let server: ScriptedServer;
  let time: ManualTime;

  beforeEach(async () => {
    server = await ScriptedServer.start();
    time = new ManualTime();
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  async function open(): Promise<ChatClient> {
    const client = await ChatClient.connect(new URL(server.url), dialTcp, {}, time);
    time.advance(0);
    return client;
  }

  it('waits longer after each failure, and begins anew after a connection that lasted', async () => {
    const client = await open();
    const states = allEvents(client, 'state');
    const isWaiting = ({ kind }: { readonly kind: string }): boolean => kind === 'waiting';
    const lost = nextEvent(client, 'state', isWaiting);
    await server.stop();
    let [state] = await lost;
    for (const delayMs of [125, 250, 500, 1000]) {
      expect(state).to.include({ kind: 'waiting', delayMs });
      const next = nextEvent(client, 'state', isWaiting);
      time.advance(delayMs - 1);
      expect(client.state.kind).to.equal('waiting');
      time.advance(1);
      [state] = await next;
    }
    expect(states.map((one) => ('attempt' in one ? one.attempt : 0))).to.deep.equal([
      1, 1, 2, 2, 3, 3, 4, 4, 5,
    ]);

    await server.listen();
    const open1 = nextEvent(client, 'state', ({ kind }) => kind === 'open');
    time.advance(2000);
    await open1;
    const short = nextEvent(client, 'state', isWaiting);
    server.drop();
    expect((await short)[0], 'a connection that did not last').to.include({ delayMs: 4000 });
    const open2 = nextEvent(client, 'state', ({ kind }) => kind === 'open');
    client.reconnect();
    await open2;
    time.advance(5000);
    const long = nextEvent(client, 'state', isWaiting);
    server.drop();
    expect((await long)[0], 'one that did').to.include({ attempt: 1, delayMs: 125 });
    await client.close();
  });

  it('comes back no sooner than the server says', async () => {
    const client = await open();
    const waiting = nextEvent(client, 'state');
    server.goodbye(true, 3000);
    expect((await waiting)[0]).to.include({
      kind: 'waiting',
      delayMs: 3125,
      reason: 'the server is shutting down',
    });
    await client.close();
  });

  it('comes back no sooner, and as somebody new, when too many logins have failed', async () => {
    const client = await open();
    const { token } = client;
    server.intercept = ({ id, control }, peer) => {
      const isRefused = control?.$case === 'hello' && control.hello.credential !== undefined;
      if (isRefused) peer.refuse(id, ErrorCode.ERROR_CODE_TOO_MANY_LOGINS, '', 20_000);
      return isRefused;
    };
    const lost = nextEvent(client, 'state');
    server.drop();
    await lost;
    const refused = nextEvent(client, 'state', ({ kind }) => kind === 'waiting');
    client.reconnect();
    expect((await refused)[0]).to.include({
      delayMs: 20_000 + 250,
      reason: 'too many logins from your network have failed; try again later',
    });
    const opened = nextEvent(client, 'state', ({ kind }) => kind === 'open');
    time.advance(20_250);
    await opened;
    expect(client.token).not.to.equal(token);
    await client.close();
  });

  it('ends when the server says that it need not come back', async () => {
    const client = await open();
    const closed = nextEvent(client, 'close');
    server.goodbye(false);
    expect((await closed)[0]).to.include({
      kind: 'lost',
      message: 'the server is shutting down',
    });
    expect(client.state).to.deep.equal({ kind: 'closed', reason: 'the server is shutting down' });
    expect(time.pending).to.equal(0);
  });

  it('tries at once when it is told to', async () => {
    const client = await open();
    const waiting = nextEvent(client, 'state');
    server.drop();
    await waiting;
    const opened = nextEvent(client, 'state', ({ kind }) => kind === 'open');
    client.reconnect();
    await opened;
    const again = nextEvent(client, 'state', ({ kind }) => kind === 'open');
    client.reconnect();
    await again;
    await server.until(() => server.peers.size === 1);
    expect(server.received).to.have.length(3);
    await client.close();
  });

  it('asks a silent server for a sign of life, and leaves it when there is none', async () => {
    const client = await open();
    const { silenceTimeoutMs, pongTimeoutMs } = server.limits;
    time.advance(silenceTimeoutMs);
    await server.until(() => server.received[0]!.at(-1)?.control?.$case === 'ping');
    await client.send('which is a sign, too');
    time.advance(pongTimeoutMs);
    expect(client.state.kind).to.equal('open');

    server.intercept = () => true;
    const waiting = nextEvent(client, 'state');
    time.advance(silenceTimeoutMs - pongTimeoutMs);
    await server.until(() => server.received[0]!.at(-1)?.control?.$case === 'ping');
    time.advance(pongTimeoutMs - 1);
    expect(client.state.kind).to.equal('open');
    time.advance(1);
    expect((await waiting)[0]).to.include({ reason: 'the server does not respond' });
    await client.close();
  });

  it('answers when the server asks', async () => {
    const client = await open();
    const [peer] = server.peers;
    peer!.control({ $case: 'ping', ping: { nonce: 7 } });
    await server.until(() => server.received[0]!.length > 2);
    expect(server.received[0]!.at(-1)?.control).to.deep.equal({
      $case: 'pong',
      pong: { nonce: 7 },
    });
    await client.close();
  });
});
