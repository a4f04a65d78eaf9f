import { ChatClient } from './client.js';
import type { ConnectOptions } from './connect-options.js';
import { dialWebSocket, type WebSocketClass } from './dial-websocket.js';

/** The platform's own. */
declare const WebSocket: WebSocketClass;

/**
 * Connects to a server from a page: `await connect('wss://chat.example', { name: 'alice' })`.
 * The path is `/ws` where the URL has none.
 *
 * Rejects with `TypeError` for a URL that cannot be dialled, otherwise as
 * `ChatClient.connect` does.
 */
export async function connect(
  url: string | URL,
  options: ConnectOptions = {},
): Promise<ChatClient> {
  const parsed = URL.canParse(String(url)) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'ws:' && parsed?.protocol !== 'wss:') {
    throw new TypeError(`cannot connect to ${String(url)}: give a URL like wss://chat.example`);
  }
  return await ChatClient.connect(parsed, dialWebSocket(WebSocket), options);
}
