import { expect } from 'chai';
import { afterFrameTimeout } from '../support/clock.js';
import { RawWebSocket } from '../support/raw-websocket.js';
import { opcodes, webSocketFrame } from '../support/websocket-frames.js';
import { binaryProtocol, jsonProtocol, wholeFrames } from '../support/websocket-client.js';
import { whileAllChat } from '../support/websocket-scene.js';

const { continuation, text, binary, ping } = opcodes;
const limit = 65_536 + 5;
const kinds = [
  ['lines', [], text],
  ['JSON', [jsonProtocol], text],
  ['frames', [binaryProtocol], binary],
] as const;

/** What a bare session is told, in whatever encoding. */
async function refusal(client: RawWebSocket): Promise<string> {
  const { opcode, payload } = await client.next();
  if (opcode === binary) return wholeFrames(payload)[0]!.content;
  const said = payload.toString();
  return said.startsWith('{') ? (JSON.parse(said) as { content: string }).content : said;
}

// chat.proto, 12.9: "A message from a client is at most Limits.frame_bytes_max + 5 bytes long,
// and comes in at most 1,024 fragments."
describe('a WebSocket message that is too long', () => {
  for (const [name, protocols, opcode] of kinds) {
    it(
      `is refused with 1009 when all of it is there, in ${name}`,
      whileAllChat(async ({ port }) => {
        using client = await RawWebSocket.open(port, { protocols });
        client.send({ opcode, payload: new Uint8Array(limit + 1).fill(0x20) });
        expect(await refusal(client)).to.match(/^\(error\)\p{L}.{5,}$/u);
        expect(await client.ended()).to.deep.include({ code: 1009, frames: [] });
      }),
    );

    for (const length of [limit + 1, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 53]) {
      it(
        `is refused with 1009 on its length of ${length}, before its body comes, in ${name}`,
        whileAllChat(async ({ port }) => {
          using client = await RawWebSocket.open(port, { protocols });
          client.send({ opcode, length, payload: 'begun' });
          expect(await refusal(client)).to.match(/^\(error\)/);
          expect(await client.ended()).to.deep.include({ code: 1009, frames: [] });
        }),
      );
    }

    it(
      `is refused with 1009 when its fragments are too long together, in ${name}`,
      whileAllChat(async ({ port }) => {
        using client = await RawWebSocket.open(port, { protocols });
        const parts = Array.from({ length: 66 }, () => new Uint8Array(1000).fill(0x20));
        client.fragments(opcode, parts);
        expect(await refusal(client)).to.match(/^\(error\)/);
        expect(await client.ended()).to.deep.include({ code: 1009, frames: [] });
      }),
    );
  }

  it(
    'has a length that nothing has: 2^63 and more are refused',
    whileAllChat(async ({ port }) => {
      for (const length of [2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]) {
        using client = await RawWebSocket.open(port);
        client.send({ opcode: text, length });
        expect(await refusal(client)).to.match(/^\(error\)/);
        expect((await client.ended()).code).to.be.oneOf([1002, 1009]);
      }
    }),
  );

  it(
    'is not one that has as many bytes as it may: it is read',
    whileAllChat(async ({ port }) => {
      using client = await RawWebSocket.open(port, { protocols: [jsonProtocol] });
      client.text('{"content":"hi"}'.padEnd(limit, ' '));
      expect(await refusal(client)).to.equal('(echo)hi');
    }),
  );

  it(
    'is explained though its peer goes on sending',
    whileAllChat(async ({ port }) => {
      using client = await RawWebSocket.open(port);
      client.send({ opcode: text, payload: new Uint8Array(3_000_000) });
      expect(await refusal(client)).to.match(/^\(error\)/);
      expect((await client.ended()).code).to.equal(1009);
    }),
  );
});

describe('a WebSocket message in fragments', () => {
  function fragments(count: number): Uint8Array {
    const last = count - 1;
    const frames = Array.from({ length: count }, (_, index) =>
      webSocketFrame({
        opcode: index === 0 ? text : continuation,
        payload: index < 2 ? 'x' : '',
        fin: index === last,
      }),
    );
    return Buffer.concat(frames);
  }

  it(
    'may have 1,024 of them',
    whileAllChat(async ({ port, company }) => {
      using client = await RawWebSocket.open(port, { path: '/ws?username=a' });
      client.sendBytes(fragments(1024));
      await company.hear('xx', 'a');
      expect(await client.nextText()).to.equal('[a] xx');
    }),
  );

  for (const path of ['/ws', '/echo']) {
    it(
      `is refused when it has more, empty ones too, at ${path}`,
      whileAllChat(async ({ port }) => {
        using client = await RawWebSocket.open(port, { path });
        client.sendBytes(fragments(1025));
        const sentence = 'the message came in more than 1024 fragments';
        if (path === '/ws') expect(await refusal(client)).to.equal(`(error)${sentence}`);
        expect(await client.ended()).to.deep.include({ code: 1009, reason: sentence });
        using long = await RawWebSocket.open(port, { path });
        long.binary(new Uint8Array(100_000));
        const { reason } = await long.ended();
        expect(reason).to.equal('the frame is longer than the limit');
      }),
    );
  }

  it(
    'is refused when it has no end, however many bytes it has',
    whileAllChat(async ({ port, company }) => {
      using client = await RawWebSocket.open(port);
      const many = Buffer.concat(
        Array.from({ length: 1000 }, () => webSocketFrame({ opcode: continuation, fin: false })),
      );
      client.send({ opcode: text, fin: false });
      for (let count = 0; count < 100 && client.pending === 0; count += 1) {
        client.sendBytes(many);
        await company.roundTrip();
      }
      expect(await refusal(client)).to.match(/^\(error\)/);
      expect((await client.ended()).code).to.be.oneOf([1008, 1009]);
    }),
  );
});

const hasty = { frameTimeoutMs: 300 };

// ERROR_CODE_FRAME_TIMEOUT: "A frame was not complete within Limits.frame_timeout_ms."
describe('a WebSocket message that was begun and is not finished in time', () => {
  for (const [name, protocols, opcode] of kinds) {
    const whole = webSocketFrame({ opcode, payload: ' '.repeat(1000) });
    const begun: readonly (readonly [where: string, bytes: Uint8Array])[] = [
      ['after the first byte of a frame', whole.subarray(0, 1)],
      ['in the length of a frame', whole.subarray(0, 3)],
      ['in the mask of a frame', whole.subarray(0, 6)],
      ['in a frame', whole.subarray(0, 500)],
      ['between two fragments', webSocketFrame({ opcode, payload: ' ', fin: false })],
      ['in a ping', webSocketFrame({ opcode: ping, payload: 'hello' }).subarray(0, 5)],
    ];
    for (const [where, bytes] of begun) {
      it(
        `is refused with 1008: it stops ${where}, in ${name}`,
        whileAllChat(async ({ port }) => {
          using client = await RawWebSocket.open(port, { protocols });
          client.sendBytes(bytes);
          expect(await refusal(client)).to.match(/^\(error\).*in time/);
          expect(await client.ended()).to.deep.include({ code: 1008, frames: [] });
        }, hasty),
      );
    }
  }

  it(
    'is refused though fragments and pings come now and then',
    whileAllChat(
      async ({ port, company }) => {
        using client = await RawWebSocket.open(port);
        client.send({ opcode: text, payload: 'x', fin: false });
        let pongs = 0;
        const answer = async (): Promise<string> => {
          for (;;) {
            const { opcode, payload } = await client.next();
            if (opcode === text) return payload.toString();
            pongs += 1;
          }
        };
        const answered = answer();
        for (let count = 0; count < 8000 && client.socket.writable; count += 1) {
          client.send({ opcode: ping });
          if (count % 20 === 0) client.send({ opcode: continuation, payload: 'x', fin: false });
          await company.roundTrip();
        }
        expect(await answered).to.match(/^\(error\).*in time/);
        expect(pongs).to.be.greaterThan(0);
        expect((await client.ended()).code).to.equal(1008);
      },
      { ...hasty, rateLimit: 0 },
    ),
  );

  it(
    'is another thing than silence after a whole one',
    whileAllChat(async ({ port, company }) => {
      using client = await RawWebSocket.open(port);
      client.send({ opcode: text, payload: 'h', fin: false });
      client.send({ opcode: continuation, payload: 'i' });
      await company.hear('hi');
      expect(await client.nextText()).to.equal('hi');
      await afterFrameTimeout(2 * hasty.frameTimeoutMs);
      client.text('again');
      await company.hear('again');
      expect(await client.nextText()).to.equal('again');
    }, hasty),
  );

  it(
    'ends an echo, too',
    whileAllChat(async ({ port }) => {
      using client = await RawWebSocket.open(port, { path: '/echo' });
      client.send({ opcode: text, payload: 'x', fin: false });
      expect(await client.ended()).to.deep.include({ code: 1008, frames: [] });
    }, hasty),
  );
});
