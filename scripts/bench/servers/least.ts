// A baseline: the least that a Node program can do for its clients. Those of two fields get
// from it the same bytes as from tcp-chat. It checks nothing, has no limits, and assumes what
// least.c, which is the same server in C, assumes of frames.
//
// Text stays bytes: a frame is copied from what was read into the batch of the turn, and no
// string or object is made of it. Each connection gets the batch with one write.
import { type AddressInfo, createServer, type Socket } from 'node:net';

const frameBytesMax = 128;
const contentTag = 0x0a;
const broadcastType = Buffer.from([0x10, 0x01]);
const broadcastMark = Buffer.from('(broadcast)');
const echoMark = Buffer.from('(echo)');
const nothing = Buffer.alloc(0);

/** Frames that are written together. */
class Outgoing {
  #bytes = Buffer.allocUnsafeSlow(64 * 1024);
  #from = 0;
  #to = 0;

  /** All since the last call; nothing overwrites it. */
  take(): Buffer {
    const taken = this.#bytes.subarray(this.#from, this.#to);
    this.#from = this.#to;
    return taken;
  }

  /** A frame: the mark, then that part of `from`. */
  add(mark: Buffer, from: Buffer, start: number, end: number, type: Buffer): void {
    const textBytes = mark.length + end - start;
    const bodyBytes = 1 + (textBytes < 0x80 ? 1 : 2) + textBytes + type.length;
    this.#makeRoom(2 + bodyBytes);
    const bytes = this.#bytes;
    this.#addLength(bodyBytes);
    bytes[this.#to] = contentTag;
    this.#to += 1;
    this.#addLength(textBytes);
    bytes.set(mark, this.#to);
    this.#to += mark.length;
    from.copy(bytes, this.#to, start, end);
    this.#to += end - start;
    bytes.set(type, this.#to);
    this.#to += type.length;
  }

  #addLength(length: number): void {
    if (length >= 0x80) {
      this.#bytes[this.#to] = (length & 0x7f) | 0x80;
      this.#to += 1;
    }
    this.#bytes[this.#to] = length < 0x80 ? length : length >>> 7;
    this.#to += 1;
  }

  /** What is being written stays where it is, so new memory is taken when this is used up. */
  #makeRoom(count: number): void {
    if (this.#to + count <= this.#bytes.length) return;
    const begun = this.#bytes.subarray(this.#from, this.#to);
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(64 * 1024, 2 * (begun.length + count)));
    this.#bytes.set(begun);
    this.#from = 0;
    this.#to = begun.length;
  }
}

class Session {
  /** A frame that has arrived in part. */
  begun: Buffer = nothing;
  readonly socket: Socket;
  readonly echoes = new Outgoing();

  constructor(socket: Socket) {
    this.socket = socket;
  }
}

const sessions = new Set<Session>();
const withEchoes = new Set<Session>();
const batch = new Outgoing();
let isTurnBegun = false;

function endTurn(): void {
  isTurnBegun = false;
  for (const { socket, echoes } of withEchoes) socket.write(echoes.take());
  withEchoes.clear();
  const bytes = batch.take();
  if (bytes.length === 0) return;
  for (const { socket } of sessions) socket.write(bytes);
}

/** A whole frame without its length. */
function handle(session: Session, bytes: Buffer, start: number, end: number): void {
  const hasContent = bytes[start] === contentTag && start < end;
  const textAt = hasContent ? start + 2 : start;
  const textEnd = hasContent ? textAt + bytes[start + 1]! : start;
  if (end - textEnd === broadcastType.length && bytes[end - 1] === 1) {
    batch.add(broadcastMark, bytes, textAt, textEnd, broadcastType);
  } else {
    session.echoes.add(echoMark, bytes, textAt, textEnd, nothing);
    withEchoes.add(session);
  }
}

function receive(session: Session, chunk: Buffer): void {
  const bytes = session.begun.length === 0 ? chunk : Buffer.concat([session.begun, chunk]);
  let at = 0;
  for (let end = frameEnd(bytes, at); end <= bytes.length; end = frameEnd(bytes, at)) {
    handle(session, bytes, at + 1, end);
    at = end;
  }
  session.begun = at === bytes.length ? nothing : bytes.subarray(at);
  if (isTurnBegun) return;
  isTurnBegun = true;
  setImmediate(endTurn);
}

/** Beyond all bytes if there is no whole length. */
function frameEnd(bytes: Buffer, at: number): number {
  const length = bytes[at] ?? Infinity;
  if (length >= frameBytesMax && length !== Infinity) {
    throw new Error('a frame is too long for this server');
  }
  return at + 1 + length;
}

const server = createServer({ noDelay: true }, (socket) => {
  const session = new Session(socket);
  sessions.add(session);
  socket.on('data', (chunk) => receive(session, chunk));
  socket.on('error', () => socket.destroy());
  socket.on('close', () => sessions.delete(session));
});

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.stdout.write(`listening on tcp://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
