import { createHash, randomBytes } from 'node:crypto';
import { request, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { FrameDecoder } from '../../src/protocol/framing.js';
import { Receiver } from '../../src/ws.js';
import { bytes, type Part } from './bytes.js';
import { framesOf, type Dialect, type DialectSink, type OpenOptions } from './dialect.js';
import { reflection } from './reflection.js';
import { opcodes, webSocketFrame } from './websocket-frames.js';
import { expectCanonical } from './websocket-client.js';

/** How ChatMessages become WebSocket messages, and back. */
interface Subprotocol {
  readonly name: string;
  readonly isBinary: boolean;
  /** Frames as the payloads of messages. */
  readonly payloads: (frames: readonly Uint8Array[]) => Iterable<Part>;
  /** The ChatMessages of one payload. */
  readonly take: (payload: Buffer, sink: DialectSink) => void;
}

const reflected = await reflection();
const { read, write } = reflected;

/** Messages of whole frames: as many in each as there may be. */
export const webSocketBinary = dialect({
  name: 'tcpchat.v1.proto',
  isBinary: true,
  payloads: packed,
  take: (payload, sink) => {
    const decoder = new FrameDecoder(2 ** 30);
    decoder.push(payload, {
      frame: (frame, start, end) => {
        sink.message(frame, start, end);
        return true;
      },
    });
    if (decoder.isMidFrame) throw new Error('a WebSocket message ends in the middle of a frame');
  },
});

/** A message of JSON for each, as another implementation reads and writes it. */
export const webSocketJson = dialect({
  name: 'tcpchat.v1.json',
  isBinary: false,
  payloads: (frames) => frames.map((frame) => JSON.stringify(read(bodyOf(frame)))),
  take: (payload, sink) => {
    const json: unknown = JSON.parse(payload.toString('utf8'));
    expectCanonical(json, reflected);
    const body = write(json);
    sink.message(body, 0, body.length);
  },
});

/** What the server takes in one message. */
const messageBytesMax = 65_536;

function dialect({ name, isBinary, payloads, take }: Subprotocol): Dialect {
  const opcode = isBinary ? opcodes.binary : opcodes.text;
  return {
    hasCloseCodes: true,
    portOf: ({ httpPort }) => httpPort!,
    open: async (options) => await upgraded(options, name),
    encode: (messages) => {
      const frames = messages.map((message) => framesOf([message]));
      return bytes(...[...payloads(frames)].map((payload) => webSocketFrame({ opcode, payload })));
    },
    decoder: (sink) => {
      // All that a server sends is held against RFC 6455.
      const receiver = new Receiver({
        isServer: false,
        maxPayload: 0,
        maxFragments: 0,
        maxBufferedChunks: 0,
      });
      let problem: Error | undefined;
      let isConcluded = false;
      receiver.on('error', (error) => (problem = error));
      receiver.on('message', (payload: Buffer, wasBinary: boolean) => {
        if (wasBinary !== isBinary) throw new Error('the server sent the other kind of message');
        take(payload, sink);
      });
      receiver.on('conclude', (code: number, reason: Buffer) => {
        isConcluded = true;
        sink.closing?.(code, reason.toString('utf8'));
      });
      return {
        push: (chunk) => {
          if (isConcluded) throw new Error('the server has sent something after its close');
          receiver.write(chunk);
          if (problem !== undefined) throw problem;
        },
        get isAtGoodEnd() {
          return isConcluded;
        },
      };
    },
    farewell: webSocketFrame({ opcode: opcodes.close, payload: [1000 >> 8, 1000 & 0xff] }),
  };
}

function* packed(frames: readonly Uint8Array[]): Iterable<Uint8Array> {
  let begun: Uint8Array[] = [];
  let size = 0;
  for (const frame of frames) {
    if (begun.length > 0 && size + frame.length > messageBytesMax) {
      yield bytes(...begun);
      begun = [];
      size = 0;
    }
    begun.push(frame);
    size += frame.length;
  }
  if (begun.length > 0) yield bytes(...begun);
}

/** A frame without its length prefix. */
function bodyOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(frame.findIndex((byte) => byte < 0x80) + 1);
}

/** A connection after the handshake of RFC 6455. */
async function upgraded(
  { port, host, allowHalfOpen }: OpenOptions,
  subprotocol: string,
): Promise<Socket> {
  const key = randomBytes(16).toString('base64');
  const opening = request({
    port,
    host,
    path: '/ws',
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Key': key,
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Protocol': subprotocol,
    },
    createConnection: () => connect({ port, host, allowHalfOpen, noDelay: true }),
  });
  return await new Promise<Socket>((resolve, reject) => {
    opening.on('error', reject);
    opening.on('response', ({ statusCode }) => {
      opening.destroy();
      reject(new Error(`the handshake was answered with ${statusCode}`));
    });
    opening.on('upgrade', ({ headers }: IncomingMessage, socket: Socket, head: Buffer) => {
      const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
      const accept = createHash('sha1').update(`${key}${guid}`).digest('base64');
      if (
        headers['sec-websocket-accept'] !== accept ||
        headers['sec-websocket-protocol'] !== subprotocol
      ) {
        socket.destroy();
        reject(new Error('the server did not agree'));
        return;
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    opening.end();
  });
}
