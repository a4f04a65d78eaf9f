import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Node } from '../core/node.js';
import { ChatError } from '../protocol/errors.js';
import { ErrorCode } from '../protocol/messages.js';
import { WebSocket, WebSocketServer } from '../ws.js';
import { ChatWebSocket, type Subprotocol } from './chat-websocket.js';
import { EchoWebSocket } from './echo-websocket.js';
import type { Access } from './access.js';
import { clientOf } from './forwarded.js';
import { addressOf } from './http-address.js';
import { noAddress, refuseOn } from './http-refusals.js';
import { isAllowedOrigin } from './origins.js';
import { announcePeer } from './peers.js';
import type { SharedParts } from './shared-parts.js';

/** The subprotocols of /ws (chat.proto, WebSocket). */
const subprotocols: ReadonlyMap<string, Subprotocol> = new Map([
  ['tcpchat.v1.proto', 'binary'],
  ['tcpchat.v1.json', 'json'],
]);

/** Clients of an earlier kind open theirs at the root. */
const webSocketPaths: ReadonlySet<string> = new Set(['/ws', '/', '/echo']);

/** The one version of WebSocket that there is (RFC 6455 section 4.4). */
const version = '13';

/** The package's handshake alone: its own WebSocket would read and answer by itself. */
class Handshake extends WebSocket {
  setSocket(): void {}
}

/** Makes WebSockets of HTTP requests. */
export class Upgrades {
  readonly #node: Node;
  readonly #shared: SharedParts;
  readonly #access: Access;
  readonly #handshakes = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Compression would be done again for each recipient, and is a way to exhaust memory.
    perMessageDeflate: false,
    WebSocket: Handshake,
    handleProtocols: (offered) => known(offered) ?? false,
  });
  readonly #echoes = new Set<EchoWebSocket>();

  constructor(node: Node, shared: SharedParts, access: Access) {
    this.#node = node;
    this.#shared = shared;
    this.#access = access;
    this.#handshakes.on('wsClientError', (error: Error, socket: Socket) => {
      refuseOn(node.observer, socket, 400, error.message);
    });
  }

  /** Answers a request to upgrade; `head` is what came after it already. */
  answer(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { headers } = request;
    const { observer } = this.#node;
    const address = addressOf(request);
    const { allowedOrigins, names, proxies } = this.#access;
    announcePeer(socket, clientOf(request, proxies));
    const offered = offers(request);
    if (address === undefined) refuseOn(observer, socket, 400, noAddress);
    else if (!isAllowedOrigin(headers, allowedOrigins, names)) {
      refuseOn(
        observer,
        socket,
        403,
        'pages of this origin are not allowed to connect; see --allow-origin',
      );
    } else if (!webSocketPaths.has(address.pathname)) {
      refuseOn(observer, socket, 404, 'WebSockets are at /ws and /echo');
    } else if (headers['sec-websocket-version'] !== version) {
      const more = { Upgrade: 'websocket', 'Sec-WebSocket-Version': version };
      refuseOn(observer, socket, 426, `the WebSocket version must be ${version}`, more);
    } else if (address.pathname === '/echo') {
      this.#openEcho(request, socket, head);
    } else if (offered.length > 0 && known(offered) === undefined) {
      const names = [...subprotocols.keys()].join(' or ');
      refuseOn(observer, socket, 400, `the subprotocol must be ${names}, or absent`);
    } else {
      this.#openChat(request, socket, head, address.searchParams.get('username') ?? '');
    }
  }

  /**
   * Says goodbye to what is no session: the node knows nothing of it. Settles when all are
   * gone, after `timeoutMs` at the latest, as what is left then is closed at once.
   */
  async drain(timeoutMs: number): Promise<void> {
    const echoes = [...this.#echoes];
    for (const echo of echoes) echo.end(ErrorCode.ERROR_CODE_SHUTTING_DOWN);
    const timer = setTimeout(() => {
      for (const echo of echoes) echo.destroy();
    }, timeoutMs);
    await Promise.all(echoes.map(async (echo) => echo.gone));
    clearTimeout(timer);
  }

  #openChat(request: IncomingMessage, socket: Socket, head: Buffer, username: string): void {
    this.#handshakes.handleUpgrade(request, socket, head, ({ protocol }) => {
      const subprotocol = subprotocols.get(protocol) ?? 'any';
      const options = { node: this.#node, socket, shared: this.#shared, subprotocol, username };
      const connection = new ChatWebSocket(options);
      if (connection.isEnding) this.#shared.openSockets.turnedAway(connection.socket);
      else connection.take(head);
    });
  }

  #openEcho(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { admission, observer } = this.#node;
    this.#handshakes.handleUpgrade(request, socket, head, () => {
      const echo = new EchoWebSocket(this.#node, socket, this.#shared);
      const refusal = this.#node.enter(echo.address);
      if (refusal !== undefined) {
        observer.connectionRefused?.(echo, new ChatError(refusal).message);
        observer.refused?.(refusal);
        echo.end(refusal);
        this.#shared.openSockets.turnedAway(echo.socket);
        return;
      }
      this.#echoes.add(echo);
      void echo.gone.then(() => {
        this.#echoes.delete(echo);
        admission.leave(echo.address);
      });
      echo.take(head);
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
