// WebSocket, as the broadcast loop of the `ws` package and as /ws of this server take it:
// a message each way for each message of the workload, but for the binary ones of this
// server, which hold as many frames as it had to send at once.
import {
  headerBytes,
  opcodes,
  writeHeader,
  type Opcode,
} from '../../../src/protocol/websocket-framing.js';
import { around, type Dialect, type Frame, type MessageKind } from './dialect.js';
import { chatFrame } from './tcp-chat.js';

/** What is said over a WebSocket, and where. */
interface Speech {
  readonly path: (kind: MessageKind) => string;
  readonly subprotocol?: string;
  readonly opcode: Opcode;
  /** The payloads. */
  readonly request: (kind: MessageKind, content: Buffer) => Frame;
  readonly reply: (kind: MessageKind, content: Buffer) => Frame;
  readonly isWrapped: boolean;
}

// Any key but zero, for which servers skip the work of unmasking.
const mask = Uint8Array.from([0x5a, 0x17, 0xc3, 0x88]);
const maskBit = 0x80;

function overWebSocket({ path, subprotocol, opcode, ...speech }: Speech): Dialect {
  const { request, reply, isWrapped } = speech;
  const wanted = subprotocol === undefined ? '' : `Sec-WebSocket-Protocol: ${subprotocol}\r\n`;
  return {
    mask,
    isWrapped,
    opening: (kind) =>
      Buffer.from(
        `GET ${path(kind)} HTTP/1.1\r\nHost: 127.0.0.1\r\n` +
          'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
          `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${wanted}\r\n`,
      ),
    greet: (received) => ({
      ready: received.startsWith('HTTP/1.1 101 ') && received.endsWith('\r\n\r\n'),
    }),
    request: (kind, _channel, content) => masked(opcode, request(kind, content)),
    reply: (kind, _channel, content) => {
      const payload = reply(kind, content);
      return isWrapped ? payload : withHead(headerOf(opcode, payload), payload);
    },
  };
}

function headerOf(opcode: Opcode, { bytes }: Frame): Buffer {
  const header = Buffer.alloc(headerBytes(bytes.length));
  writeHeader(header, 0, opcode, bytes.length);
  return header;
}

function withHead(head: Buffer, { bytes, contentAt }: Frame): Frame {
  return { bytes: Buffer.concat([head, bytes]), contentAt: head.length + contentAt };
}

/** A client's message. */
function masked(opcode: Opcode, { bytes, contentAt }: Frame): Frame {
  const header = headerOf(opcode, { bytes, contentAt });
  header[1] = header[1]! | maskBit;
  // Turned so that its first byte meets that of the content, wherever that begins.
  const key = mask.map((_, index) => mask[(index - contentAt) & 3]!);
  const payload = Buffer.from(bytes.map((byte, index) => byte ^ key[index & 3]!));
  return withHead(Buffer.concat([header, key]), { bytes: payload, contentAt });
}

const nothing = Buffer.alloc(0);

function alone(_kind: MessageKind, content: Buffer): Frame {
  return around(nothing, content, nothing);
}

function inJson(mark: string, kind: MessageKind, content: Buffer): Frame {
  const tail = Buffer.from(`","type":"${kind.toUpperCase()}"}`);
  return around(Buffer.from(`{"content":"${mark}`), content, tail);
}

export const wsLoop = overWebSocket({
  path: (kind) => `/${kind}`,
  opcode: opcodes.binary,
  request: alone,
  reply: alone,
  isWrapped: false,
});

export const tcpChatBinary = overWebSocket({
  path: () => '/ws',
  subprotocol: 'tcpchat.v1.proto',
  opcode: opcodes.binary,
  request: (kind, content) => chatFrame(kind, '', content),
  reply: (kind, content) => chatFrame(kind, `(${kind})`, content),
  isWrapped: true,
});

export const tcpChatJson = overWebSocket({
  path: () => '/ws',
  subprotocol: 'tcpchat.v1.json',
  opcode: opcodes.text,
  request: (kind, content) => inJson('', kind, content),
  reply: (kind, content) => inJson(`(${kind})`, kind, content),
  isWrapped: false,
});

/** Has no echoes: whatever is said is for everybody. */
export const tcpChatText = overWebSocket({
  path: () => '/ws',
  opcode: opcodes.text,
  request: alone,
  reply: alone,
  isWrapped: false,
});
