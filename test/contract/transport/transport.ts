import { expect } from 'chai';
import type { ServerOptions } from '../../../src/index.js';
import type { ErrorCode } from '../../../src/protocol/messages.js';
import { Bystanders } from '../../support/bystanders.js';
import type { Dialect } from '../../support/dialect.js';
import { field, frame } from '../../support/bytes.js';
import { gauge } from '../../support/metrics.js';
import type { ClientOptions, RawClient } from '../../support/raw-client.js';
import { TestServer } from '../../support/server.js';

/** A transport to be tested. */
export interface Transport {
  readonly name: string;
  readonly dialect: Dialect;
  /** Whether a connection that says nothing is closed after the time for the first frame. */
  readonly mustSpeak: boolean;
  /** What ends a connection, as it breaks the rules of the transport or of its encoding. */
  readonly violations: readonly Violation[];
  /** As many bytes as one message may have; the last thing in it is an echo of "hi". */
  readonly largest: Uint8Array;
  /** What a client may send besides messages, in no answer to anything. */
  readonly asides: readonly Aside[];
}

export interface Violation {
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly code: ErrorCode;
  /** On transports that have them. */
  readonly closeCode: number;
}

export interface Aside {
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** A server of one test, and sessions of the transport. */
export interface Scene {
  readonly server: TestServer;
  /** A connection that has said nothing. */
  readonly connect: (options?: ClientOptions) => Promise<RawClient>;
  readonly bare: (options?: ClientOptions) => Promise<RawClient>;
  readonly full: (name?: string, options?: ClientOptions) => Promise<RawClient>;
}

/**
 * The body of a test. After it nothing may be left in the server when its clients are gone:
 * no session, no byte that waits for one, no place in a room's log.
 */
export function scene(
  { dialect }: Transport,
  body: (scene: Scene) => Promise<void>,
  options: ServerOptions = {},
): () => Promise<void> {
  return async () => {
    await using server = await TestServer.start({ rateLimit: 0, ...options });
    await body({
      server,
      connect: async (more) => server.connect({ dialect, ...more }),
      bare: async (more) => server.bare({ dialect, ...more }),
      full: async (name, more) => server.full(name, { dialect, ...more }),
    });
    server.disconnect();
    await server.sessions(0);
    for (const name of ['sessions', 'peer_memory_bytes', 'laggards']) {
      expect(await gauge(server, `tcp_chat_${name}`), name).to.equal(0);
    }
  };
}

/** The same, while two others chat over TCP, before and after, undisturbed. */
export function sceneOfOthers(
  transport: Transport,
  body: (scene: Scene & { readonly bystanders: Bystanders }) => Promise<void>,
  options?: ServerOptions,
): () => Promise<void> {
  return scene(
    transport,
    async (bare) => {
      const bystanders = await Bystanders.join(bare.server);
      await body({ ...bare, bystanders });
      await bystanders.chat();
    },
    options,
  );
}

/** The connection ends now, in good order, with this code and reason where there are any. */
export async function expectEnd(
  { dialect }: Transport,
  client: RawClient,
  code: number,
  reason: string,
): Promise<void> {
  expect(await client.untilClosed()).to.deep.equal([]);
  expect(client.closing).to.deep.equal(dialect.hasCloseCodes ? { code, reason } : undefined);
}

/** The largest frame that there may be: an echo of "hi", and a field that nobody knows. */
export const largestFrame = frame(field(1, 'hi'), field(1000, new Uint8Array(65_536 - 4 - 5)));

/** The texts "0", "1" and so on, of about so many bytes each. */
export function texts(count: number, length = 0): string[] {
  return Array.from({ length: count }, (_, index) => `${index} `.padEnd(length, '.').trim());
}
