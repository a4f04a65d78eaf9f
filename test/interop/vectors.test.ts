import { expect } from 'chai';
import { ErrorCode, MessageType } from '../../src/protocol/messages.js';
import { hex as bytesOf } from '../support/bytes.js';
import { TestServer } from '../support/server.js';
import { vectors } from '../support/vectors.js';

const valid = [...vectors.canonical, ...vectors.decodeOnly, ...vectors.refused];

describe('a server that gets the vectors of frames.json', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start({ rateLimit: 0 });
  });

  after(async () => {
    await server[Symbol.asyncDispose]();
  });

  for (const { name, hex, error } of vectors.invalid) {
    it(`answers ${error} and closes: ${name}`, async () => {
      using client = await server.full();
      client.sendBytes(bytesOf(hex));
      if (error === 'ERROR_CODE_FRAME_TRUNCATED') client.end();
      const { error: reply } = await client.nextControl('error');
      expect(ErrorCode[reply.code]).to.equal(error);
      expect(await client.untilClosed()).to.deep.equal([]);
    });
  }

  for (const { name, session, hex, message, error } of vectors.refused) {
    it(`answers ${error} and stays: ${name}`, async () => {
      using client = session === 'new' ? await server.connect() : await server.full();
      client.sendBytes(bytesOf(hex));
      const { error: reply } = await client.nextControl('error');
      expect(ErrorCode[reply.code]).to.equal(error);
      // An id that is too long cannot be given back.
      const id = error === 'ERROR_CODE_ID_TOO_LONG' ? '' : (message as { id: string }).id;
      expect(reply.id).to.equal(id);
      if (session === 'full') {
        await client.roundTrip();
      } else {
        client.hello();
        await client.nextControl('welcome');
      }
    });
  }

  it('stays with a bare session through all that are well formed, and answers in two fields', async () => {
    using client = await server.connect();
    // A hello among them would make the session full.
    const bare = valid.filter(({ message }) => !('hello' in message));
    client.echo('first');
    client.sendBytes(Buffer.concat(bare.map(({ hex }) => bytesOf(hex))));
    client.echo('last');
    const answers = await client.until(({ content }) => content === '(echo)last', 'the last echo');
    for (const { content, type, ...more } of answers) {
      const mark = type === MessageType.BROADCAST ? /^\(broadcast\)/ : /^\((echo|error)\)/;
      expect(content).to.match(mark);
      expect(more).to.deep.equal(twoFields);
    }
  });

  it('stays with a full session through all that are well formed', async () => {
    using client = await server.full();
    client.sendBytes(Buffer.concat(valid.map(({ hex }) => bytesOf(hex))));
    client.control({ $case: 'ping', ping: { nonce: 77 } });
    await client.until(
      ({ control }) => control?.$case === 'pong' && control.pong.nonce === 77,
      'the pong after all vectors',
    );
  });
});

/** All that a bare session must not get. */
const twoFields = {
  id: '',
  room: '',
  sender: '',
  seq: 0,
  sentAt: undefined,
  editedAt: undefined,
  control: undefined,
};
