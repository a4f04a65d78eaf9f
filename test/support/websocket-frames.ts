import { bytes, type Part } from './bytes.js';

/** The opcodes of RFC 6455, section 5.2. */
export const opcodes = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** A frame of WebSocket, as a client may send it or not. */
export interface FrameToSend {
  readonly opcode: number;
  readonly payload?: Part;
  readonly fin?: boolean;
  /** The three reserved bits as a number from 0 to 7. */
  readonly reserved?: number;
  /** False for what no client may do. */
  readonly masked?: boolean;
  /** The length to announce instead of the true one. */
  readonly length?: number | bigint;
}

const maskingKey = bytes([0x37, 0xfa, 0x21, 0x3d]);

/** The bytes of a frame (RFC 6455, section 5.2). */
export function webSocketFrame(toSend: FrameToSend): Uint8Array {
  const { opcode, fin = true, reserved = 0, masked = true } = toSend;
  const payload = bytes(toSend.payload ?? '');
  const length = toSend.length ?? payload.length;
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const maskBit = masked ? 0x80 : 0;
  const head = Buffer.alloc(10);
  head[0] = first;
  let headBytes = 2;
  if (length < 126) {
    head[1] = maskBit | Number(length);
  } else if (length < 65_536) {
    head[1] = maskBit | 126;
    head.writeUInt16BE(Number(length), 2);
    headBytes = 4;
  } else {
    head[1] = maskBit | 127;
    head.writeBigUInt64BE(BigInt(length), 2);
    headBytes = 10;
  }
  if (!masked) return bytes(head.subarray(0, headBytes), payload);
  const body = Buffer.from(payload);
  for (let index = 0; index < body.length; index += 1) body[index]! ^= maskingKey[index & 3]!;
  return Buffer.concat([head.subarray(0, headBytes), maskingKey, body]);
}

/** A frame as a server has sent it. */
export interface ReceivedFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly payload: Buffer;
}

/** Takes a server's bytes apart; throws at what a server must not send. */
export class ServerFrames {
  #rest = Buffer.alloc(0);
  #isMidMessage = false;
  #isClosed = false;

  /** Whether the bytes so far end between frames. */
  get isWhole(): boolean {
    return this.#rest.length === 0;
  }

  *push(chunk: Uint8Array): Generator<ReceivedFrame> {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (let frame = this.#take(); frame !== undefined; frame = this.#take()) {
      this.#check(frame);
      yield frame;
    }
  }

  #take(): ReceivedFrame | undefined {
    const rest = this.#rest;
    if (rest.length < 2) return undefined;
    if ((rest[0]! & 0x70) !== 0) throw new Error('the server set a reserved bit');
    if ((rest[1]! & 0x80) !== 0) throw new Error('the server masked a frame');
    let length = rest[1]! & 0x7f;
    let start = 2;
    if (length >= 126) {
      start = length === 126 ? 4 : 10;
      if (rest.length < start) return undefined;
      length = start === 4 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2));
      if (length < (start === 4 ? 126 : 65_536)) throw new Error('a length is not the shortest');
    }
    if (rest.length < start + length) return undefined;
    this.#rest = rest.subarray(start + length);
    const payload = rest.subarray(start, start + length);
    return { opcode: rest[0]! & 0x0f, fin: (rest[0]! & 0x80) !== 0, payload };
  }

  #check({ opcode, fin, payload }: ReceivedFrame): void {
    if (this.#isClosed) throw new Error(`after its close, the server sent opcode ${opcode}`);
    this.#isClosed = opcode === opcodes.close;
    if (opcode >= opcodes.close) {
      if (opcode > opcodes.pong) throw new Error(`the server sent opcode ${opcode}`);
      if (!fin || payload.length > 125) throw new Error('a control frame is long or a fragment');
      return;
    }
    if (opcode > opcodes.binary) throw new Error(`the server sent opcode ${opcode}`);
    if (this.#isMidMessage !== (opcode === opcodes.continuation)) {
      throw new Error('the fragments of a message are not in order');
    }
    this.#isMidMessage = !fin;
    // What is fragmented may be cut in a character; this server fragments nothing.
    if (opcode === opcodes.text && fin) new TextDecoder('utf-8', { fatal: true }).decode(payload);
  }
}
