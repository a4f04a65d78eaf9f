import { expect } from 'chai';
import fc from 'fast-check';
import { RawWebSocket } from '../support/raw-websocket.js';
import { reflection } from '../support/reflection.js';
import { TestServer } from '../support/server.js';
import { webSocketFrame } from '../support/websocket-frames.js';
import {
  binaryProtocol,
  expectCanonical,
  jsonProtocol,
  WebSocketClient,
} from '../support/websocket-client.js';
import { Company } from '../support/websocket-scene.js';

const encoder = new TextEncoder();

// "Bad input harms only its sender"; what is found here is printed with its seed.
describe('a server to which anything may be sent over WebSocket', () => {
  let server: TestServer;
  let port: number;

  beforeEach(async () => {
    server = await TestServer.start({ rateLimit: 0 });
    port = server.chat.httpPort!;
  });

  afterEach(async () => server[Symbol.asyncDispose]());

  it('answers every message of the schema in JSON, each answer a message of the schema', async () => {
    const reflected = await reflection();
    using client = await WebSocketClient.open(port, { protocols: [jsonProtocol] });
    client.sendJson({ hello: { version: 1, name: 'alice' } });
    await client.nextJson();
    let number = 0;
    const messages = reflected.messages.filter((one) => JSON.stringify(one).length < 16_000);
    await fc.assert(
      fc.asyncProperty(messages, async (message) => {
        number += 1;
        client.sendText(JSON.stringify(message));
        client.sendJson({ content: `end ${number}`, id: 'end' });
        for (;;) {
          const answer = await client.nextJson();
          expectCanonical(answer, reflected);
          if (answer['content'] === `end ${number}`) break;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('refuses a text of JSON that is changed in a byte, or takes it, and nobody is harmed', async () => {
    const text = encoder.encode(
      '{"content":"hi \\u00e4","id":"m1","seq":"7","sentAt":"2026-01-31T12:00:00.5Z","x":[1,{"y":null}]}',
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.nat(255), async (at, byte) => {
        using client = await RawWebSocket.open(port, { protocols: [jsonProtocol] });
        const changed = Uint8Array.from(text);
        changed[at] = byte;
        client.text(changed);
        client.text('{"content":"end"}');
        const { content } = JSON.parse(await client.nextText()) as { content: string };
        if (content.startsWith('(error)')) {
          // "1007 for what cannot be decoded", unless it only broke the rules of the chat.
          if (client.isClosed) expect((await client.ended()).code).to.equal(1007);
        } else {
          expect(content).to.match(/^\(echo\)/);
          expect(JSON.parse(await client.nextText())).to.include({ content: '(echo)end' });
        }
      }),
      { numRuns: 300 },
    );
  });

  const frames = fc.array(
    fc.record({
      // A broadcast would be heard by the company; what is binary or JSON here is none.
      opcode: fc.nat(15),
      payload: fc.uint8Array({ maxLength: 200 }),
      fin: fc.boolean(),
      reserved: fc.oneof(
        { weight: 9, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.nat(7) },
      ),
      masked: fc.oneof(
        { weight: 9, arbitrary: fc.constant(true) },
        { weight: 1, arbitrary: fc.boolean() },
      ),
    }),
    { maxLength: 8 },
  );
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    frames.map((all) => Buffer.concat(all.map((frame) => webSocketFrame(frame)))),
  );

  for (const protocol of [jsonProtocol, binaryProtocol]) {
    it(`takes any bytes for frames, in ${protocol}, answers by the rules, and harms nobody`, async () => {
      const company = await Company.join(server);
      await fc.assert(
        fc.asyncProperty(anything, async (bytes) => {
          using client = await RawWebSocket.open(port, { protocols: [protocol] });
          client.sendBytes(bytes);
          client.socket.end();
          // `RawWebSocket` looks at each frame of the answer.
          const { code } = await client.ended();
          expect(code).to.be.oneOf([
            undefined,
            1000,
            1002,
            1003,
            1005,
            1007,
            1008,
            1009,
            ...own(bytes),
          ]);
        }),
        { numRuns: 300 },
      );
      await server.sessions(company.all.length);
      await company.chat();
    });
  }
});

/** A client may have closed with a code of its own, which comes back. */
function own(bytes: Uint8Array): number[] {
  return Array.from({ length: Math.max(bytes.length - 7, 0) }, (_, at) => {
    const masked = [bytes[at + 6]! ^ bytes[at + 2]!, bytes[at + 7]! ^ bytes[at + 3]!];
    return masked[0]! * 256 + masked[1]!;
  });
}
