import { expect } from 'chai';
import { errorFacts } from '../../src/protocol/errors.js';
import { ErrorCode } from '../../src/protocol/messages.js';
import { ownAddress } from '../support/own-address.js';
import { hex } from '../support/bytes.js';
import { RawClient } from '../support/raw-client.js';
import { expectBareRefusal } from '../support/refusals.js';
import { TestServer } from '../support/server.js';

const { ERROR_CODE_TOO_MANY_CONNECTIONS, ERROR_CODE_TOO_MANY_FROM_ADDRESS } = ErrorCode;

// "connections per address / in all".
describe('the number of connections', () => {
  it('is limited: one too many gets a readable refusal, the others chat on', async () => {
    await using server = await TestServer.start({ connectionsMax: 3 });
    const guests = [await server.full('a'), await server.full('b'), await server.bare()];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expectTurnedAway(await server.connect(), ERROR_CODE_TOO_MANY_CONNECTIONS);
    }
    expect(server.chat.sessionCount).to.equal(3);
    guests[0]!.broadcast('full house');
    expect(await guests[1]!.next()).to.include({ content: 'full house', seq: 1 });
    expect(await guests[2]!.next()).to.include({ content: '(broadcast)full house' });
  });

  it('leaves room for the next one when somebody goes', async () => {
    await using server = await TestServer.start({ connectionsMax: 2 });
    let leaver = await server.bare();
    const stayer = await server.bare();
    for (let round = 0; round < 5; round += 1) {
      await expectTurnedAway(await server.connect(), ERROR_CODE_TOO_MANY_CONNECTIONS);
      if (round % 2 === 0) leaver.end();
      else leaver[Symbol.dispose]();
      await leaver.closed();
      await server.sessions(1);
      leaver = await server.bare();
    }
    await stayer.roundTrip();
  });

  it('is refused at once, whatever the peer says or does not', async () => {
    await using server = await TestServer.start({ connectionsMax: 1 });
    const guest = await server.bare();
    const beginnings = [hex('04 0a 02 68 69'), hex('ff ff ff ff ff ff'), new Uint8Array(300_000)];
    for (const beginning of beginnings) {
      const client = await server.connect();
      client.sendBytes(beginning);
      await expectTurnedAway(client, ERROR_CODE_TOO_MANY_CONNECTIONS);
    }
    await guest.roundTrip();
  });

  it('is not limited per address on the loopback interface', async () => {
    await using server = await TestServer.start({ connectionsPerAddressMax: 1 });
    const clients = [await server.bare(), await server.bare(), await server.bare()];
    for (const client of clients) await client.roundTrip();
  });

  it('is not limited per address on the loopback interface, seen through IPv6', async function () {
    const start = TestServer.start({ host: '::', connectionsPerAddressMax: 1 });
    await using server = await start.catch(() => this.skip());
    for (const host of ['127.0.0.1', '::1', '127.0.0.1', '::1']) {
      await (await server.connect({ host })).roundTrip();
    }
  });

  it('is limited per address from elsewhere', async function () {
    if (ownAddress === undefined) this.skip();
    await using server = await TestServer.start({ host: '0.0.0.0', connectionsPerAddressMax: 2 });
    const host = ownAddress;
    const guests = [await server.bare({ host }), await server.full('b', { host })];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expectTurnedAway(await server.connect({ host }), ERROR_CODE_TOO_MANY_FROM_ADDRESS);
    }
    await (await server.bare()).roundTrip(); // another address

    guests[0]!.end();
    await guests[0]!.closed();
    await server.sessions(2);
    await (await server.bare({ host })).roundTrip();
    await expectTurnedAway(await server.connect({ host }), ERROR_CODE_TOO_MANY_FROM_ADDRESS);
    await guests[1]!.roundTrip();
  });
});

async function expectTurnedAway(
  client: RawClient,
  code: ErrorCode.ERROR_CODE_TOO_MANY_CONNECTIONS | ErrorCode.ERROR_CODE_TOO_MANY_FROM_ADDRESS,
): Promise<void> {
  await expectBareRefusal(client, errorFacts[code].sentence);
  expect(await client.untilClosed()).to.deep.equal([]);
}
