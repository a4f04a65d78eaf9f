import { ChatError } from './errors.js';
import { shapes } from './generated/shapes.js';
import { ErrorCode } from './messages.js';
import { isUtf8 } from './utf8.js';

/**
 * The fields of a message that cannot be passed over unread: its strings, and the
 * messages in it, with theirs.
 */
export type Shape = ReadonlyMap<number, 'string' | Shape>;

const shapesByName = new Map<string, Map<number, 'string' | Shape>>(
  Object.keys(shapes).map((name) => [name, new Map()]),
);
for (const [name, fields] of Object.entries(shapes)) {
  for (const [number, type] of Object.entries(fields)) {
    const inner = type === 'string' ? type : shapesByName.get(type)!;
    shapesByName.get(name)!.set(Number(number), inner);
  }
}

/** The shape of a frame. */
export const chatMessageShape: Shape = shapesByName.get('ChatMessage')!;

/** Where control messages are among the fields of a frame, those of the future included. */
const controlFields = { first: 16, lastRequest: 31, last: 63 } as const;

/** Whether a field with this tag is a control message, known or not. */
export function isControl(tag: number): boolean {
  const field = tag >>> 3;
  const isMessage = (tag & 7) === wireTypes.lengthDelimited;
  return isMessage && field >= controlFields.first && field <= controlFields.last;
}

/** Whether a control message is one that clients send, now or in the future. */
export function isRequest(tag: number): boolean {
  return tag >>> 3 <= controlFields.lastRequest;
}

/** Deeper than chat.proto goes (a page's message's timestamp), for what only nests to harm. */
const depthMax = 8;

const wireTypes = {
  varint: 0,
  fixed64: 1,
  lengthDelimited: 2,
  groupStart: 3,
  groupEnd: 4,
  fixed32: 5,
};

/**
 * Reads protobuf's wire format strictly
 * (https://protobuf.dev/programming-guides/encoding): nothing runs past the end of
 * what contains it, numbers have as many bits as they may, groups are closed.
 *
 * The generated code is lenient in all of these, so nothing reaches it unchecked.
 */
export class WireReader {
  position = 0;
  /** Whether `message` has met a control message that is not in the schema, at its top level. */
  hasUnknownControl = false;
  #bytes: Uint8Array = new Uint8Array(0);
  #end = 0;

  /** Reads from here on; what was read before is forgotten. */
  reset(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.position = start;
    this.#end = end;
    this.hasUnknownControl = false;
  }

  get isAtEnd(): boolean {
    return this.position >= this.#end;
  }

  /** A varint's lowest 32 bits, as a signed number; protobuf cuts a longer one the same way. */
  varint32(): number {
    let value = 0;
    for (let index = 0; index < 10; index += 1) {
      const byte = this.#byte();
      if (index < 5) value |= (byte & 0x7f) << (7 * index);
      if (byte < 0x80) return value;
    }
    throw undecodable('a number in it has more than 10 bytes');
  }

  /** A field's tag: its number times 8, plus its wire type. */
  tag(): number {
    const first = this.#byte();
    const tag = first < 0x80 ? first : this.#uint32(first, 'a field in it has an invalid number');
    if (tag < 8) throw undecodable('a field in it has an invalid number');
    return tag;
  }

  /** The length of a string, bytes or message, all of which is there. */
  length(): number {
    const first = this.#byte();
    const length = first < 0x80 ? first : this.#uint32(first, 'a field runs past its end');
    if (length > this.#end - this.position) throw undecodable('a field runs past its end');
    return length;
  }

  /** Passes over the value of a field that nobody looks at. */
  skip(tag: number, depth = 0): void {
    switch (tag & 7) {
      case wireTypes.varint:
        this.varint32();
        return;
      case wireTypes.fixed64:
        this.#advance(8);
        return;
      case wireTypes.lengthDelimited:
        this.#advance(this.length());
        return;
      case wireTypes.groupStart:
        this.#skipGroup(tag >>> 3, depth + 1);
        return;
      case wireTypes.fixed32:
        this.#advance(4);
        return;
      default:
        throw undecodable(`a field in it has wire type ${tag & 7}`);
    }
  }

  /** Checks a string of `length` bytes and goes past it. */
  string(length: number): void {
    if (!isUtf8(this.#bytes, this.position, this.position + length)) {
      throw new ChatError(ErrorCode.ERROR_CODE_INVALID_UTF8);
    }
    this.position += length;
  }

  /** Checks the fields of a message of `length` bytes and goes past it. */
  message(length: number, shape: Shape, depth = 0): void {
    if (depth === depthMax) throw undecodable('its messages are nested too deeply');
    const outerEnd = this.#end;
    this.#end = this.position + length;
    while (this.position < this.#end) {
      const tag = this.tag();
      const isDelimited = (tag & 7) === wireTypes.lengthDelimited;
      const inner = isDelimited ? shape.get(tag >>> 3) : undefined;
      if (inner === undefined) {
        if (depth === 0 && isControl(tag)) this.hasUnknownControl = true;
        this.skip(tag);
      } else if (inner === 'string') this.string(this.length());
      else this.message(this.length(), inner, depth + 1);
    }
    this.#end = outerEnd;
  }

  #byte(): number {
    if (this.position >= this.#end) throw undecodable('it ends in the middle of a number');
    const byte = this.#bytes[this.position]!;
    this.position += 1;
    return byte;
  }

  /** The rest of a number of at most 32 bits, in at most five bytes. */
  #uint32(first: number, problem: string): number {
    let value = first & 0x7f;
    for (let index = 1; index < 5; index += 1) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) {
        if (value >= 2 ** 32) break;
        return value;
      }
    }
    throw undecodable(problem);
  }

  /** proto3 writes no groups, but may meet those of an unknown field. */
  #skipGroup(field: number, depth: number): void {
    if (depth > depthMax) throw undecodable('its groups are nested too deeply');
    for (;;) {
      const tag = this.tag();
      if ((tag & 7) !== wireTypes.groupEnd) this.skip(tag, depth);
      else if (tag >>> 3 === field) return;
      else throw undecodable('a group in it has the end tag of another one');
    }
  }

  #advance(bytes: number): void {
    if (bytes > this.#end - this.position) throw undecodable('a field runs past its end');
    this.position += bytes;
  }
}

function undecodable(detail: string): ChatError {
  return new ChatError(
    ErrorCode.ERROR_CODE_UNDECODABLE,
    `the frame is not a ChatMessage: ${detail}`,
  );
}
