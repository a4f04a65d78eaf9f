import { expect } from 'chai';
import { hex } from '../support/bytes.js';
import { RawWebSocket } from '../support/raw-websocket.js';
import { webSocketFrame, opcodes, type FrameToSend } from '../support/websocket-frames.js';
import { binaryProtocol, jsonProtocol, wholeFrames } from '../support/websocket-client.js';
import { whileAllChat } from '../support/websocket-scene.js';

const { continuation, text, binary, close, ping, pong } = opcodes;
const hi = { opcode: text, payload: 'hi' };

function closeWith(code: number, reason = ''): FrameToSend {
  return {
    opcode: close,
    payload: Buffer.concat([Uint8Array.of(code >> 8, code), Buffer.from(reason)]),
  };
}

/** What RFC 6455 does not allow a client, by its section. */
const forbidden: readonly (readonly [what: string, frames: readonly FrameToSend[]])[] = [
  ['5.1: a frame that is not masked', [{ ...hi, masked: false }]],
  ['5.1: a ping that is not masked', [{ opcode: ping, masked: false }]],
  ...[1, 2, 4, 7].map((reserved): readonly [string, readonly FrameToSend[]] => [
    `5.2: reserved bits ${reserved.toString(2).padStart(3, '0')}`,
    [{ ...hi, reserved }],
  ]),
  ['5.2: a ping with a reserved bit', [{ opcode: ping, reserved: 4 }]],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(
    (opcode): readonly [string, readonly FrameToSend[]] => [`5.2: opcode ${opcode}`, [{ opcode }]],
  ),
  ['5.4: a continuation of nothing', [{ opcode: continuation, payload: 'hi' }]],
  ['5.4: a continuation of nothing, whose end is open', [{ opcode: continuation, fin: false }]],
  ['5.4: a message in a message', [{ ...hi, fin: false }, hi]],
  ['5.4: a binary message in one of text', [{ ...hi, fin: false }, { opcode: binary }]],
  ['5.5: a fragmented ping', [{ opcode: ping, fin: false }]],
  ['5.5: a fragmented pong', [{ opcode: pong, fin: false }]],
  ['5.5: a fragmented close', [{ ...closeWith(1000), fin: false }]],
  ['5.5: a ping of 126 bytes', [{ opcode: ping, payload: new Uint8Array(126) }]],
  ['5.5: a pong of 65,536 bytes', [{ opcode: pong, payload: new Uint8Array(65_536) }]],
  ['5.5.1: a close with half a code', [{ opcode: close, payload: [3] }]],
  ['5.5.1: a close of 126 bytes', [closeWith(1000, 'x'.repeat(124))]],
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map(
    (code): readonly [string, readonly FrameToSend[]] => [
      `7.4: a close with code ${code}`,
      [closeWith(code)],
    ],
  ),
];

// chat.proto, 12.11 and BAD_WEBSOCKET.
describe('a client that breaks the rules of WebSocket', () => {
  for (const [what, frames] of forbidden) {
    it(
      `is told so and closed with 1002: ${what}`,
      whileAllChat(async ({ port, company }) => {
        for (const path of ['/ws', '/echo']) {
          using client = await RawWebSocket.open(port, { path });
          client.text('before');
          if (path === '/ws') await company.hear('before');
          expect(await client.nextText()).to.equal('before');
          client.send(...frames, { opcode: text, payload: 'after' });
          if (path === '/ws') expect(await client.nextText()).to.match(/^\(error\)\p{L}.{5,}$/u);
          expect(await client.ended(), path).to.deep.include({ code: 1002, frames: [] });
        }
      }),
    );
  }

  it(
    'is told so in the encoding that was agreed',
    whileAllChat(async ({ port }) => {
      using json = await RawWebSocket.open(port, { protocols: [jsonProtocol] });
      json.send({ ...hi, reserved: 4 });
      const { content } = JSON.parse(await json.nextText()) as { content: string };
      expect(content).to.match(/^\(error\)/);
      expect(await json.ended()).to.deep.include({ code: 1002, frames: [] });
      using full = await RawWebSocket.open(port, { protocols: [jsonProtocol] });
      full.text('{"hello":{"version":1}}');
      await full.nextText();
      full.send({ ...hi, masked: false });
      const { error } = JSON.parse(await full.nextText()) as { error: { code: string } };
      expect(error.code).to.equal('ERROR_CODE_BAD_WEBSOCKET');
      expect(await full.ended()).to.deep.include({ code: 1002, frames: [] });
      using frames = await RawWebSocket.open(port, { protocols: [binaryProtocol] });
      frames.send({ opcode: 3 });
      expect(wholeFrames(await frames.nextBinary())[0]!.content).to.match(/^\(error\)/);
      expect(await frames.ended()).to.deep.include({ code: 1002, frames: [] });
    }),
  );

  // RFC 6455, 8.1: "1007" where text is not UTF-8.
  for (const [what, payload] of [
    ['a byte that is none', hex('ff')],
    ['a character that is cut', hex('68 69 c3')],
    ['a character in more bytes than needed', hex('c0 af')],
    ['half of a pair', hex('ed a0 80')],
    ['a character beyond the last', hex('f4 90 80 80')],
  ] as const) {
    it(
      `is closed with 1007 for text that is not UTF-8: ${what}`,
      whileAllChat(async ({ port }) => {
        for (const protocols of [[], [jsonProtocol]]) {
          using client = await RawWebSocket.open(port, { protocols });
          client.send({ opcode: text, payload });
          expect(await client.nextText()).to.match(/\(error\)/);
          expect(await client.ended()).to.deep.include({ code: 1007, frames: [] });
          using fragmented = await RawWebSocket.open(port, { protocols });
          fragmented.fragments(
            text,
            [...payload].map((byte) => [byte]),
          );
          expect(await fragmented.nextText()).to.match(/\(error\)/);
          expect(await fragmented.ended()).to.deep.include({ code: 1007, frames: [] });
        }
        using echo = await RawWebSocket.open(port, { path: '/echo' });
        echo.send({ opcode: text, payload });
        expect(await echo.ended()).to.deep.include({ code: 1007, frames: [] });
      }),
    );
  }

  it(
    'is closed with 1007 for the reason of a close that is not UTF-8',
    whileAllChat(async ({ port }) => {
      using client = await RawWebSocket.open(port);
      client.send({ opcode: close, payload: hex('03 e8 ff fe') });
      await client.closed();
      expect((await client.ended()).code).to.equal(1007);
    }),
  );

  it(
    'keeps them with what is unusual and allowed',
    whileAllChat(async ({ port }) => {
      using client = await RawWebSocket.open(port, { protocols: [jsonProtocol] });
      const fin = false;
      client.send(
        { opcode: pong, payload: 'unasked' },
        { opcode: text, payload: '', fin },
        { opcode: ping, payload: new Uint8Array(125) },
        { opcode: continuation, payload: '{"cont', fin },
        { opcode: continuation, payload: '', fin },
        { opcode: continuation, payload: 'ent":"hi"}' },
      );
      expect((await client.next()).opcode).to.equal(pong);
      expect(JSON.parse(await client.nextText())).to.include({ content: '(echo)hi' });
    }),
  );

  for (const [what, frame, code] of [
    ['without a code', { opcode: close }, 1005],
    ['with 1000', closeWith(1000), 1000],
    ['with 1001 and a reason', closeWith(1001, 'the page is left'), 1001],
    ['with 3000, of a library', closeWith(3000), 3000],
    ['with 4999, of an application', closeWith(4999, 'ä'), 4999],
  ] as const) {
    // RFC 6455, 5.5.1: "the endpoint typically echos the status code it received".
    it(
      `may close ${what}: it gets what it is owed, then a close`,
      whileAllChat(async ({ port, company }) => {
        using client = await RawWebSocket.open(port, {
          path: '/ws?username=leaver',
          closing: false,
        });
        client.sendBytes(
          webSocketFrame({ opcode: text, payload: 'bye' }),
          webSocketFrame(frame),
          webSocketFrame({ opcode: text, payload: 'after its close' }),
        );
        await company.hear('bye', 'leaver');
        const end = await client.ended();
        expect(end.frames.map(({ payload }) => payload.toString())).to.deep.equal(['[leaver] bye']);
        expect(end.code).to.be.oneOf([code, 1000]);
      }),
    );
  }
});
