// What full sessions get: frames of any size, each with its length in front. They are
// cut and read where they lie, without making strings, so that the load costs less than
// the server does. What comes from a server that is ours is trusted to be well-formed.

/** A part of a buffer. */
export interface Span {
  start: number;
  end: number;
}

/** Reads varints one after another. */
class VarintReader {
  at = 0;

  next(bytes: Buffer): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[this.at]!;
      this.at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }
}

const reader = new VarintReader();

/** Of a message the fields that are looked at, of a control message its field number. */
export class FullFrame {
  seq = 0;
  /** Field number of the control message; 0 for none. */
  control = 0;
  readonly content: Span = { start: 0, end: 0 };
  readonly id: Span = { start: 0, end: 0 };
  readonly body: Span = { start: 0, end: 0 };

  /** A frame, after its length. */
  read(bytes: Buffer, start: number, end: number): void {
    this.seq = 0;
    this.control = 0;
    this.content.start = this.content.end = start;
    this.id.start = this.id.end = start;
    this.#fields(bytes, start, end, 1, 3, 6);
  }

  /** The fields of an ack, which lies in `body` of a frame that holds one. */
  readAck(bytes: Buffer): void {
    this.#fields(bytes, this.body.start, this.body.end, 2, 1, 3);
  }

  #fields(
    bytes: Buffer,
    start: number,
    end: number,
    contentField: number,
    idField: number,
    seqField: number,
  ): void {
    reader.at = start;
    while (reader.at < end) {
      const tag = reader.next(bytes);
      const field = tag >>> 3;
      const value = reader.next(bytes);
      if ((tag & 7) === 0) {
        if (field === seqField) this.seq = value;
        continue;
      }
      const span = field === contentField ? this.content : field === idField ? this.id : this.body;
      span.start = reader.at;
      span.end = reader.at + value;
      if (field >= firstControlField) this.control = field;
      reader.at += value;
    }
  }
}

const firstControlField = 16;

const inner = new FullFrame();
const pageMessagesField = 2;

/** How many messages are in a page, and the first one's number; throws where one is missing. */
export function readPage(bytes: Buffer, { start, end }: Span): { firstSeq: number; rows: number } {
  let at = start;
  let firstSeq = 0;
  let rows = 0;
  while (at < end) {
    reader.at = at;
    const tag = reader.next(bytes);
    const value = reader.next(bytes);
    at = reader.at;
    if ((tag & 7) === 0) continue;
    if (tag >>> 3 === pageMessagesField) {
      inner.read(bytes, at, at + value);
      if (rows === 0) firstSeq = inner.seq;
      if (inner.seq !== firstSeq + rows) throw new Error(`a page lacks ${firstSeq + rows}`);
      rows += 1;
    }
    at += value;
  }
  return { firstSeq, rows };
}

/** Where a frame lies: from `start`, after its length, to before `end`. */
export type VisitFrame = (bytes: Buffer, start: number, end: number) => void;

const prefixBytesMax = 5;

/** Cuts a stream into frames; one that came in pieces is put together in memory of its own. */
export class FullFrameReader {
  readonly #visit: VisitFrame;
  #begun: Buffer | undefined;
  #begunBytes = 0;

  constructor(visit: VisitFrame) {
    this.#visit = visit;
  }

  receive(bytes: Buffer, length: number): void {
    let at = 0;
    if (this.#begun !== undefined) {
      at = this.#goOn(bytes, length);
      if (this.#begun !== undefined) return;
    }
    while (at < length) {
      const wholeBytes = frameBytes(bytes, at, length);
      if (wholeBytes === 0 || at + wholeBytes > length) {
        this.#begin(bytes, at, length, wholeBytes);
        return;
      }
      // reader.at is after the prefix.
      this.#visit(bytes, reader.at, at + wholeBytes);
      at += wholeBytes;
    }
  }

  #begin(bytes: Buffer, at: number, length: number, wholeBytes: number): void {
    this.#begun = Buffer.allocUnsafe(Math.max(wholeBytes, prefixBytesMax));
    this.#begunBytes = bytes.copy(this.#begun, 0, at, length);
  }

  /** Adds to the frame that was begun; returns how much of `bytes` belongs to it. */
  #goOn(bytes: Buffer, length: number): number {
    let begun = this.#begun!;
    let at = 0;
    let wholeBytes = frameBytes(begun, 0, this.#begunBytes);
    while (wholeBytes === 0 && at < length) {
      begun[this.#begunBytes] = bytes[at]!;
      this.#begunBytes += 1;
      at += 1;
      wholeBytes = frameBytes(begun, 0, this.#begunBytes);
    }
    if (wholeBytes === 0) return at;
    if (begun.length < wholeBytes) {
      this.#begun = Buffer.allocUnsafe(wholeBytes);
      begun.copy(this.#begun, 0, 0, this.#begunBytes);
      begun = this.#begun;
    }
    const taken = bytes.copy(
      begun,
      this.#begunBytes,
      at,
      Math.min(length, at + wholeBytes - this.#begunBytes),
    );
    this.#begunBytes += taken;
    if (this.#begunBytes < wholeBytes) return at + taken;
    frameBytes(begun, 0, wholeBytes);
    this.#begun = undefined;
    this.#visit(begun, reader.at, wholeBytes);
    return at + taken;
  }
}

/** Bytes of the frame that begins at `at`, its length included; 0 if that is not whole. */
function frameBytes(bytes: Buffer, at: number, end: number): number {
  for (let last = at; last < end; last += 1) {
    if (bytes[last]! < 0x80) {
      reader.at = at;
      const bodyBytes = reader.next(bytes);
      return reader.at - at + bodyBytes;
    }
  }
  return 0;
}
