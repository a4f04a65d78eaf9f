// A baseline: the chat server as one writes it at first. It is correct, and every
// message is decoded when it comes, encoded for each recipient, and written at once.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { chatMessage, encodeFrame } from '../../../src/protocol/codec.js';
import { ChatMessage, MessageType } from '../../../src/protocol/messages.js';

const sessions = new Set<Socket>();

function send(session: Socket, content: string, type: MessageType): void {
  session.write(encodeFrame(chatMessage({ content, type })));
}

function handle(session: Socket, message: ChatMessage): void {
  if (message.type === MessageType.BROADCAST) {
    for (const recipient of sessions) {
      send(recipient, `(broadcast)${message.content}`, message.type);
    }
  } else {
    send(session, `(echo)${message.content}`, message.type);
  }
}

/** Takes one frame from the front; undefined while it is not complete. */
function takeFrame(bytes: Buffer): { body: Buffer; rest: Buffer } | undefined {
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]!;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) {
      const end = at + 1 + length;
      if (bytes.length < end) return undefined;
      return { body: bytes.subarray(at + 1, end), rest: bytes.subarray(end) };
    }
  }
  return undefined;
}

const server = createServer({ noDelay: true }, (session) => {
  let waiting: Buffer = Buffer.alloc(0);
  sessions.add(session);
  session.on('data', (chunk) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    for (let frame = takeFrame(waiting); frame; frame = takeFrame(waiting)) {
      waiting = frame.rest;
      handle(session, ChatMessage.decode(frame.body));
    }
  });
  session.on('error', () => session.destroy());
  session.on('close', () => sessions.delete(session));
});

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.stdout.write(`listening on tcp://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
