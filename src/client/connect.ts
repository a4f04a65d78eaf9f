import { ChatClient, type ConnectOptions } from './client.js';
import { dialTcp } from './dial-tcp.js';
import type { Dial } from './stream.js';

/** How each kind of URL is dialled in Node. */
const dials: ReadonlyMap<string, Dial> = new Map([['tcp:', dialTcp]]);

/**
 * Connects to a server: `await connect('tcp://127.0.0.1:4444', { name: 'alice' })`.
 * The port is 4444 where the URL has none.
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
