import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

/** Bytes that this process needs for JavaScript values and buffers, garbage not counted. */
export async function memoryInUse(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    (collect as () => void)();
    // What finalizers and closing sockets let go is garbage one turn later.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

export const mebibyte = 1024 * 1024;
