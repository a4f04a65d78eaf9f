import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { OpenSockets } from '../../src/transports/open-sockets.js';

describe('OpenSockets', () => {
  let listener: Server;
  let clients: Socket[];

  beforeEach(async () => {
    listener = createServer({ allowHalfOpen: true });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    clients = [];
  });

  afterEach(() => {
    for (const client of clients) client.destroy();
    listener.close();
  });

  /** A connection of a client that does not end its side: both ends of it. */
  const pair = async (): Promise<{ client: Socket; accepted: Socket }> => {
    const { port } = listener.address() as AddressInfo;
    const accepting = once(listener, 'connection') as Promise<[Socket]>;
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    clients.push(client);
    const [accepted] = await accepting;
    // The client is gone at the end of the test, whatever the other side does.
    for (const socket of [client, accepted]) socket.on('error', () => {});
    return { client, accepted };
  };

  it('have room up to their number, and again when one is closed', async () => {
    const crowded: number[] = [];
    const onCrowded = (count: number): void => void crowded.push(count);
    const sockets = new OpenSockets({ max: 2, lingeringMax: 1, onCrowded });
    const pairs = [await pair(), await pair(), await pair()];
    const rooms = pairs.map(({ accepted }) => {
      sockets.add(accepted);
      return sockets.hasRoom;
    });
    expect(rooms).to.deep.equal([true, true, false]);
    expect(crowded).to.deep.equal([3]);
    pairs[0]!.accepted.destroy();
    await once(pairs[0]!.accepted, 'close');
    expect(sockets.hasRoom).to.equal(true);
  });

  it('keep a few that were turned away, and close the others as soon as they were told', async () => {
    const sockets = new OpenSockets({ max: 0, lingeringMax: 1, onCrowded: () => {} });
    const turnAway = async (): Promise<{ accepted: Socket; told: Promise<string> }> => {
      const { client, accepted } = await pair();
      sockets.add(accepted);
      accepted.end('no');
      sockets.turnedAway(accepted);
      const told = once(client, 'data').then(([bytes]) => String(bytes));
      return { accepted, told };
    };
    const first = await turnAway();
    const second = await turnAway();
    expect(second.accepted.destroyed).to.equal(true);
    expect(await Promise.all([first.told, second.told])).to.deep.equal(['no', 'no']);
    expect(first.accepted.destroyed).to.equal(false);
    // Another one may stay when the first is gone.
    first.accepted.destroy();
    await once(first.accepted, 'close');
    expect((await turnAway()).accepted.destroyed).to.equal(false);
  });
});
