import { WebSocket } from '../ws.js';
import { ChatClient } from './client.js';
import type { ConnectOptions } from './connect-options.js';
import { dialTcp, dialTls } from './dial-tcp.js';
import { dialWebSocket, type WebSocketClass } from './dial-websocket.js';
import type { Dial } from './stream.js';
import { explained } from './tls-problems.js';

/** How a program connects: as a page does, and with whom it trusts. */
export interface NodeConnectOptions extends ConnectOptions {
  /**
   * Certificates of authorities, as PEM, that are trusted instead of those that Node knows: for a
   * server whose certificate is of an authority of its own.
   */
  readonly ca?: string;
}

/** How each kind of URL is dialled in Node. */
function dialOf(protocol: string, ca: string | undefined): Dial | undefined {
  switch (protocol) {
    case 'tcp:':
      return dialTcp;
    case 'tls:':
      return dialTls(ca);
    case 'ws:':
      return dialWebSocket(WebSocket);
    case 'wss:':
      return dialSecureWebSocket(ca);
    default:
      return undefined;
  }
}

function dialSecureWebSocket(ca: string | undefined): Dial {
  class TrustingWebSocket extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { ca });
    }
  }
  const dial = dialWebSocket(TrustingWebSocket as WebSocketClass);
  return async (url, listener, signal) => {
    try {
      return await dial(url, listener, signal);
    } catch (error) {
      throw explained(error, url.host);
    }
  };
}

/** Pages and their servers are at these, and WebSockets at the same place. */
const webSocketSchemes: ReadonlyMap<string, string> = new Map([
  ['http:', 'ws:'],
  ['https:', 'wss:'],
]);

/** The URL that a text stands for; undefined for none. A host, with a port or not, is one of TCP. */
function urlOf(text: string): URL | undefined {
  const whole = /^[a-z][a-z+.-]*:\/\//i.test(text) ? text : `tcp://${text}`;
  // The port that goes without saying depends on what is spoken, so the scheme comes first.
  const [scheme = ''] = /^[^:]*:/.exec(whole) ?? [];
  const known = webSocketSchemes.get(scheme.toLowerCase()) ?? scheme;
  const url = known + whole.slice(scheme.length);
  return URL.canParse(url) && new URL(url).hostname !== '' ? new URL(url) : undefined;
}

/**
 * Connects to a server: `await connect('tcp://127.0.0.1:4444', { name: 'alice' })`. URLs are
 * those of TCP (`tcp:`, with TLS `tls:`; the port is 4444 where there is none) and of WebSocket
 * (`ws:` and `wss:`, or `http:` and `https:`; the path is `/ws` where there is none). A host alone,
 * or with a port, is one of TCP.
 *
 * Rejects with `TypeError` for a URL that cannot be dialled, otherwise as
 * `ChatClient.connect` does.
 */
export async function connect(
  url: string | URL,
  { ca, ...options }: NodeConnectOptions = {},
): Promise<ChatClient> {
  const parsed = urlOf(String(url));
  const dial = dialOf(parsed?.protocol ?? '', ca);
  if (parsed === undefined || dial === undefined) {
    throw new TypeError(`cannot connect to ${String(url)}: give a URL like tcp://127.0.0.1:4444`);
  }
  return await ChatClient.connect(parsed, dial, options);
}
