import { expect } from 'chai';
import type { ServerOptions } from '../../src/index.js';
import { chatMessage } from '../../src/protocol/codec.js';
import type { ErrorCode, ErrorReply } from '../../src/protocol/messages.js';
import { Bystanders } from './bystanders.js';
import type { RawClient } from './raw-client.js';
import { TestServer } from './server.js';

/** A server on which others chat undisturbed. */
export interface Scene {
  readonly server: TestServer;
  readonly bystanders: Bystanders;
}

/** The body of a test in whose course two others chat, before and after, undisturbed. */
export function whileOthersChat(
  body: (scene: Scene) => Promise<void>,
  options?: ServerOptions,
): () => Promise<void> {
  return async () => {
    await using server = await TestServer.start(options);
    const bystanders = await Bystanders.join(server);
    await body({ server, bystanders });
    await bystanders.chat();
  };
}

/** The next thing is a refusal with this code; on a bare session, with its sentence. */
export async function expectRefusal(client: RawClient, code: ErrorCode): Promise<ErrorReply> {
  const { error } = await client.nextControl('error');
  expect(error).to.include({ code });
  expect(error.message).to.match(/^\p{L}.{5,}$/u);
  return error;
}

/** The next thing is a refusal in the only words that a bare session understands. */
export async function expectBareRefusal(client: RawClient, sentence: string): Promise<void> {
  expect(await client.next()).to.deep.equal(chatMessage({ content: `(error)${sentence}` }));
}

/**
 * What `send` does is refused with this code to a full session, and in the same words
 * to a bare one, for which it is the first that it sends.
 */
export async function expectRefused(
  { server, bystanders }: Scene,
  send: (client: RawClient) => void | Promise<void>,
  code: ErrorCode,
  { closes, retryable = false }: { readonly closes: boolean; readonly retryable?: boolean },
): Promise<void> {
  const full = await server.full();
  await send(full);
  const error = await expectRefusal(full, code);
  expect(error.retryable).to.equal(retryable);
  const bare = await server.connect();
  await send(bare);
  await expectBareRefusal(bare, error.message);
  for (const client of [full, bare]) {
    if (closes) expect(await client.untilClosed()).to.deep.equal([]);
    else await client.roundTrip();
  }
  await bystanders.roundTrip();
}
