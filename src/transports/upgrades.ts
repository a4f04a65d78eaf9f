import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Node } from '../core/node.js';
import { factsOf } from '../protocol/errors.js';
import { ErrorCode } from '../protocol/messages.js';
import { WebSocket, WebSocketServer } from '../ws.js';
import { echoMessages } from './echo.js';
import { addressOf } from './http-address.js';
import { noAddress, refuseOn } from './http-refusals.js';
import { isAllowedOrigin } from './origins.js';
import type { StallWatch } from './stall-watch.js';
import { WebSocketConnection, type Subprotocol } from './websocket-connection.js';

/** The subprotocols of /ws (chat.proto, WebSocket). */
const subprotocols: ReadonlyMap<string, Subprotocol> = new Map([
  ['tcpchat.v1.proto', 'binary'],
  ['tcpchat.v1.json', 'json'],
]);

/** One message of /echo. */
const echoBytesMax = 64 * 1024;

/** The package's handshake alone: its own WebSocket would read and answer by itself. */
class Handshake extends WebSocket {
  setSocket(): void {}
}

// Compression would be done again for each recipient, and is a way to exhaust memory.
const common = { noServer: true, clientTracking: false, perMessageDeflate: false } as const;

/** Makes WebSockets of HTTP requests. */
export class Upgrades {
  readonly #node: Node;
  readonly #stalls: StallWatch;
  readonly #allowedOrigins: ReadonlySet<string>;
  readonly #chats = new WebSocketServer({
    ...common,
    WebSocket: Handshake,
    handleProtocols: (offered) => known(offered) ?? false,
  });
  readonly #echoes = new WebSocketServer({ ...common, maxPayload: echoBytesMax });
  readonly #echoing = new Set<WebSocket>();

  /** Pages of `allowedOrigins` may connect, besides the server's own; `*` for all. */
  constructor(node: Node, stalls: StallWatch, allowedOrigins: ReadonlySet<string>) {
    this.#node = node;
    this.#stalls = stalls;
    this.#allowedOrigins = allowedOrigins;
  }

  /** Answers a request to upgrade; `head` is what came behind it already. */
  answer(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const address = addressOf(request);
    if (address === undefined) refuseOn(socket, 400, noAddress);
    else if (!isAllowedOrigin(request.headers, this.#allowedOrigins)) {
      refuseOn(socket, 403, 'pages of this origin may not connect here');
    } else if (address.pathname === '/ws') {
      this.#openChat(request, socket, head, address.searchParams.get('username') ?? '');
    } else if (address.pathname === '/echo') {
      this.#openEcho(request, socket, head);
    } else {
      refuseOn(socket, 404, 'WebSockets are at /ws and /echo');
    }
  }

  /** Says goodbye to what is no session: the node knows nothing of it. */
  drain(): void {
    const { closeCode, sentence } = factsOf(ErrorCode.ERROR_CODE_SHUTTING_DOWN);
    for (const webSocket of this.#echoing) webSocket.close(closeCode, sentence);
  }

  /** Cuts those that have not answered the goodbye. */
  close(): void {
    for (const webSocket of this.#echoing) webSocket.terminate();
  }

  #openChat(request: IncomingMessage, socket: Socket, head: Buffer, username: string): void {
    const offered = offers(request);
    if (offered.length > 0 && known(offered) === undefined) {
      const names = [...subprotocols.keys()].join(' and ');
      refuseOn(socket, 400, `the subprotocols are ${names}; none is possible, too`);
      return;
    }
    this.#chats.handleUpgrade(request, socket, head, ({ protocol }) => {
      if (head.length > 0) socket.unshift(head);
      const subprotocol = subprotocols.get(protocol) ?? 'any';
      new WebSocketConnection({
        node: this.#node,
        socket,
        stalls: this.#stalls,
        subprotocol,
        username,
      });
    });
  }

  #openEcho(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { admission } = this.#node;
    const address = socket.remoteAddress ?? 'unknown';
    const refusal = admission.enter(address);
    if (refusal !== undefined) {
      refuseOn(socket, 503, factsOf(refusal).sentence);
      return;
    }
    socket.once('close', () => admission.leave(address));
    this.#echoes.handleUpgrade(request, socket, head, (webSocket) => {
      this.#echoing.add(webSocket);
      webSocket.once('close', () => this.#echoing.delete(webSocket));
      echoMessages(webSocket);
    });
  }
}

/** The subprotocols that a client offers, the one that it likes best first. */
function offers({ headers }: IncomingMessage): string[] {
  const names = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  return names.filter((name) => name !== '');
}

function known(offered: Iterable<string>): string | undefined {
  for (const name of offered) if (subprotocols.has(name)) return name;
  return undefined;
}
