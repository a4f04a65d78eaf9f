import { Receiver } from '../../src/ws.js';

/** A whole message of WebSocket. */
export interface WebSocketMessage {
  readonly payload: Buffer;
  readonly isBinary: boolean;
}

/** The messages that a server's bytes are, all of them whole; throws if they are none. */
export function webSocketMessages(bytes: Uint8Array): WebSocketMessage[] {
  const receiver = new Receiver({
    isServer: false,
    maxPayload: 0,
    maxFragments: 0,
    maxBufferedChunks: 0,
  });
  const messages: WebSocketMessage[] = [];
  let problem: Error | undefined;
  receiver.on('error', (error) => (problem = error));
  receiver.on('message', (payload: Buffer, isBinary: boolean) =>
    messages.push({ payload, isBinary }),
  );
  // What is after the last message would hold this one back.
  const end = { payload: Buffer.from('end'), isBinary: false };
  receiver.write(Buffer.concat([bytes, Uint8Array.of(0x81, 3), end.payload]));
  if (problem !== undefined) throw problem;
  const last = messages.pop();
  if (last?.payload.equals(end.payload) !== true || last.isBinary) {
    throw new Error('the bytes end in the middle of a message');
  }
  return messages;
}
