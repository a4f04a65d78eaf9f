import type { WebSocket } from '../ws.js';

/** While so much waits for a client, nothing more is read from it. */
const waitingBytesMax = 256 * 1024;

/** Sends every message back as it came: text as text, binary as binary. */
export function echoMessages(webSocket: WebSocket): void {
  const sent = (): void => {
    if (webSocket.isPaused && webSocket.bufferedAmount <= waitingBytesMax) webSocket.resume();
  };
  webSocket.on('message', (data, isBinary) => {
    webSocket.send(data, { binary: isBinary }, sent);
    if (webSocket.bufferedAmount > waitingBytesMax) webSocket.pause();
  });
  // The client is told by the code of the close that follows.
  webSocket.on('error', () => {});
}
