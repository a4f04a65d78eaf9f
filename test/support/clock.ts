import { ErrorCode } from '../../src/protocol/messages.js';
import { bytes } from './bytes.js';
import { RawClient } from './raw-client.js';
import { TestServer } from './server.js';

/**
 * Settles when a server's time limit of so many milliseconds has passed: a stretch of
 * time that ends with an event, on a server that nobody else uses.
 */
export async function afterFrameTimeout(frameTimeoutMs: number): Promise<void> {
  await using server = await TestServer.start({ frameTimeoutMs });
  using client = await RawClient.full(server.port);
  client.sendBytes(bytes(4));
  const { error } = await client.nextControl('error');
  if (error.code !== ErrorCode.ERROR_CODE_FRAME_TIMEOUT) throw new Error(error.message);
}

/**
 * Whether something settles before a time limit of so many milliseconds has passed on another
 * server. Both run in this process, so that a slow machine delays the one like the other.
 */
export async function isBeforeFrameTimeout(
  settling: Promise<unknown>,
  frameTimeoutMs: number,
): Promise<boolean> {
  const late = afterFrameTimeout(frameTimeoutMs);
  const isFirst = await Promise.race([settling.then(() => true), late.then(() => false)]);
  await Promise.all([settling, late]);
  return isFirst;
}
