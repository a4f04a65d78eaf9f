import { expect } from 'chai';
import { ChatClient } from '../../src/client/client.js';
import { dialTcp } from '../../src/client/dial-tcp.js';
import type { Stream } from '../../src/client/stream.js';
import { MessageType } from '../../src/index.js';
import { nextEvent, rejection } from '../support/chat-clients.js';
import { ManualTime } from '../support/manual-time.js';
import { ScriptedServer } from '../support/scripted-server.js';

describe('closing a client', () => {
  let server: ScriptedServer;
  let time: ManualTime;
  let client: ChatClient;

  beforeEach(async () => {
    server = await ScriptedServer.start();
    time = new ManualTime();
    client = await ChatClient.connect(new URL(server.url), dialTcp, {}, time);
    time.advance(0);
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  /** Closes, twice, and leaves nothing behind: no timer, no connection, no promise. */
  async function close(): Promise<void> {
    const closed = nextEvent(client, 'close');
    const waiting = [client.send('unconfirmed'), client.join('attic'), client.leave('lobby')].map(
      (promise) => promise.catch((error: Error) => error),
    );
    await Promise.all([client.close(), client.close()]);
    expect((await closed)[0]).to.include({ kind: 'closed' });
    expect(client.state.kind).to.equal('closed');
    await Promise.all(waiting);
    await client.close();
    for (const late of [client.send('late'), client.history('lobby'), client.join('dev')]) {
      expect(await rejection(late)).to.include({ kind: 'closed' });
    }
    expect(await rejection(client.rename('late'))).to.include({ kind: 'closed' });
    client.reconnect();
    for await (const message of client) expect.fail(`nothing comes any more: ${message.content}`);
    expect(time.pending, 'timers').to.equal(0);
    await server.until(() => server.peers.size === 0);
  }

  it('confirms what was sent before, when it is open', async () => {
    const sent = ['a', 'b', 'c'].map((text) => client.send(text));
    await close();
    expect((await Promise.all(sent)).map(({ seq }) => seq)).to.deep.equal([1, 2, 3]);
  });

  it('ends the wait for the next attempt', async () => {
    const waiting = nextEvent(client, 'state');
    server.drop();
    await waiting;
    const sent = rejection(client.send('never'));
    await close();
    expect(await sent).to.include({ kind: 'closed' });
  });

  it('ends an attempt that is not answered', async () => {
    server.intercept = () => true;
    const waiting = nextEvent(client, 'state');
    server.drop();
    await waiting;
    client.reconnect();
    await server.until(() => server.received[1]?.length === 2);
    await close();
  });

  it('ends an attempt that was welcomed and is not in its rooms yet', async () => {
    server.intercept = ({ control }) => control?.$case === 'join';
    const waiting = nextEvent(client, 'state');
    server.drop();
    await waiting;
    client.reconnect();
    await server.until(() => server.received[1]?.length === 2);
    await close();
  });

  it('ends an attempt that is just being dialled', async () => {
    const waiting = nextEvent(client, 'state');
    server.drop();
    await waiting;
    client.reconnect();
    await close();
  });

  it('ends what waits for an answer, a change of names for instance', async () => {
    server.intercept = ({ control }) => control?.$case === 'rename';
    const renaming = rejection(client.rename('bob'));
    await server.until(() =>
      server.received[0]!.some(({ control }) => control?.$case === 'rename'),
    );
    await close();
    expect(await renaming).to.include({ kind: 'closed' });
  });

  it('does not wait for ever for a server that does not close', async () => {
    const [peer] = server.peers;
    server.intercept = ({ type }) => type === MessageType.BROADCAST;
    // Half open: it does not see the end of what it does not read.
    peer!.socket.pause();
    const sent = rejection(client.send('unread'));
    const closing = client.close();
    time.advance(2000);
    await closing;
    expect(await sent).to.include({ kind: 'closed' });
    expect(time.pending).to.equal(0);
  });

  it('happens when a listener asks for it, too', async () => {
    client.on('message', () => void client.close());
    const closed = nextEvent(client, 'close');
    server.publish('one');
    server.publish('two');
    await closed;
    expect(client.state.kind).to.equal('closed');
  });

  it('leaves no connection behind that is dialled too late', async () => {
    const own = new ManualTime();
    let dialled: (stream: Stream) => void = () => {};
    const dial = async (): Promise<Stream> => await new Promise((resolve) => (dialled = resolve));
    const connecting = rejection(ChatClient.connect(new URL(server.url), dial, {}, own));
    own.advance(8000);
    expect(await connecting).to.include({ kind: 'timedOut' });
    await new Promise<void>((resolve) => {
      dialled({
        write: () => expect.fail('there is nothing to say any more'),
        end: () => {},
        destroy: resolve,
      });
    });
  });

  it('leaves no connection behind when the first one fails', async () => {
    const own = new ManualTime();
    server.intercept = () => true;
    const connecting = rejection(
      ChatClient.connect(new URL(server.url), dialTcp, { timeoutMs: 500 }, own),
    );
    await server.until(() => server.received[1]?.length === 2);
    own.advance(500);
    expect(await connecting).to.include({ kind: 'timedOut' });
    await server.until(() => server.peers.size === 1);
    expect(own.pending).to.equal(0);
  });
});
