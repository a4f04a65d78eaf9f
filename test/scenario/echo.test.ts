import { expect } from 'chai';
import { chatMessage } from '../../src/protocol/codec.js';
import { MessageType } from '../../src/protocol/messages.js';
import { bytes, field, frame, hex, numberField } from '../support/bytes.js';
import { framesOf } from '../support/raw-client.js';
import { TestServer } from '../support/server.js';

// chat.proto, "The smallest client" and "Full sessions".
describe('an echo', () => {
  it('comes back to a bare session after its mark, byte for byte', async () => {
    await using server = await TestServer.start();
    const client = await server.connect();
    client.sendBytes(hex('04 0a 02 68 69'));
    expect(await client.nextBytes()).to.deep.equal(bytes(hex('0a 08'), '(echo)hi'));
    client.sendBytes(hex('00'));
    expect(await client.nextBytes()).to.deep.equal(bytes(hex('0a 06'), '(echo)'));
  });

  it('comes back to a full session as it was written, with its id and nothing else', async () => {
    await using server = await TestServer.start();
    const client = await server.full('alice');
    client.echo('hm', { id: 'm2' });
    expect(await client.next()).to.deep.equal(chatMessage({ content: 'hm', id: 'm2' }));
    client.echo('');
    expect(await client.next()).to.deep.equal(chatMessage({}));
  });

  it('of a bare session carries no id, whatever the client sent', async () => {
    await using server = await TestServer.start();
    const client = await server.connect();
    client.echo('hm', { id: 'm2' });
    expect(await client.next()).to.deep.equal(chatMessage({ content: '(echo)hm' }));
  });

  it('reaches its sender alone', async () => {
    await using server = await TestServer.start();
    const others = [await server.bare(), await server.full()];
    const client = await server.bare();
    client.echo('secret');
    expect(await client.next()).to.include({ content: '(echo)secret' });
    // Had the echo gone to them as well, it would come before their own.
    for (const other of others) await other.roundTrip();
  });

  it('keeps every character', async () => {
    await using server = await TestServer.start();
    const bare = await server.bare();
    const full = await server.full();
    const texts = [
      'a\u0000b',
      '\ufeffbegins with a byte order mark',
      'line\nline\r\n\ttab',
      'é ß 山田 עברית हिन्दी',
      '\u07ff\u0800\ud7ff\ue000\ufffd\uffff',
      '\u{10000}\u{10ffff}\u{1f44d}\u{1f3fd}',
      '(echo)(broadcast)(error)',
      '\u001b[31m\u0007\u007f\u009b\u202e',
    ];
    for (const content of texts) {
      bare.echo(content);
      full.echo(content);
      expect(await bare.next()).to.deep.equal(chatMessage({ content: `(echo)${content}` }));
      expect(await full.next()).to.include({ content, type: MessageType.ECHO });
    }
  });

  it('of 4,096 bytes fits', async () => {
    await using server = await TestServer.start();
    const client = await server.bare();
    for (const content of ['x'.repeat(4096), 'é'.repeat(2048), '\u{1f44d}'.repeat(1024)]) {
      client.echo(content);
      expect(await client.next()).to.deep.equal(chatMessage({ content: `(echo)${content}` }));
    }
  });

  it('answers each frame of a chunk, in their order', async () => {
    await using server = await TestServer.start();
    for (const client of [await server.bare(), await server.full()]) {
      const mark = client.welcome === undefined ? '(echo)' : '';
      const contents = Array.from({ length: 500 }, (_, index) => `number ${index}`);
      client.sendBytes(framesOf(contents.map((content) => ({ content }))));
      const answers = await client.nextMany(contents.length);
      expect(answers.map(({ content }) => content)).to.deep.equal(
        contents.map((content) => mark + content),
      );
    }
  });

  it('of nothing, a frame of one byte, is answered 100,000 times in a row', async () => {
    await using server = await TestServer.start({ rateLimit: 0 });
    const client = await server.bare();
    client.sendBytes(new Uint8Array(100_000));
    const answers = await client.nextMany(100_000);
    expect(new Set(answers.map(({ content, type }) => `${content} ${type}`))).to.have.keys([
      '(echo) 0',
    ]);
    await client.roundTrip();
  });

  it('keeps its place among refusals', async () => {
    await using server = await TestServer.start();
    const client = await server.bare();
    client.sendBytes(
      bytes(
        frame(field(1, 'first')),
        frame(field(1, 'refused'), numberField(2, 7)),
        frame(field(1, 'second')),
      ),
    );
    const [first, refusal, second] = await client.nextMany(3);
    expect(first).to.deep.equal(chatMessage({ content: '(echo)first' }));
    expect(refusal).to.include({ type: MessageType.ECHO });
    expect(refusal!.content).to.match(/^\(error\)\S/);
    expect(second).to.deep.equal(chatMessage({ content: '(echo)second' }));
  });

  it('is answered whatever length the first frame has, none is taken for another protocol', async () => {
    await using server = await TestServer.start();
    for (let length = 1; length <= 130; length += 1) {
      using client = await server.connect();
      client.echo('x'.repeat(length));
      expect(await client.next()).to.include({ content: `(echo)${'x'.repeat(length)}` });
    }
  });

  it('is answered whatever field the first frame begins with', async () => {
    await using server = await TestServer.start();
    const content = field(1, 'hi');
    const beginnings = [numberField(2, 0), field(3, 'id'), field(4, 'lobby'), field(5, 'eve')];
    beginnings.push(numberField(6, 9), field(7, numberField(1, 1)), field(100, 'unknown'));
    for (const beginning of beginnings) {
      for (const padding of [0, 0x10, 0x30, 0x40]) {
        const client = await server.connect();
        client.sendBytes(frame(beginning, content, field(1000, 'p'.repeat(padding)), content));
        expect(await client.next()).to.deep.equal(chatMessage({ content: '(echo)hi' }));
        client[Symbol.dispose]();
      }
    }
  });
});
