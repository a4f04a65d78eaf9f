import { ChatClient, type ConnectOptions } from './client.js';
import { WebSocket } from '../ws.js';
import { dialTcp } from './dial-tcp.js';
import { dialWebSocket } from './dial-websocket.js';
import type { Dial } from './stream.js';

/** How each kind of URL is dialled in Node. */
const dials: ReadonlyMap<string, Dial> = new Map([
  ['tcp:', dialTcp],
  ['ws:', dialWebSocket(WebSocket)],
  ['wss:', dialWebSocket(WebSocket)],
]);

/**
 * Connects to a server: `await connect('tcp://127.0.0.1:4444', { name: 'alice' })`.
 * The port is 4444 where a URL with `tcp:` has none. With `ws:` and `wss:`, the path is `/ws`
 * where there is none.
 *
 * Rejects with `TypeError` for a URL that cannot be dialled, otherwise as
 * `ChatClient.connect` does.
 */
export async function connect(
  url: string | URL,
  options: ConnectOptions = {},
): Promise<ChatClient> {
  const parsed = URL.canParse(String(url)) ? new URL(url) : undefined;
  const dial = dials.get(parsed?.protocol ?? '');
  if (parsed === undefined || dial === undefined || parsed.hostname === '') {
    throw new TypeError(`cannot connect to ${String(url)}: give a URL like tcp://127.0.0.1:4444`);
  }
  return await ChatClient.connect(parsed, dial, options);
}
