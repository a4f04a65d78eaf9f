import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Settings } from '../../src/index.js';

/** A server in a process of its own, so that its memory is its own. */
export class ServerProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly port: number;
  readonly httpPort: number;

  private constructor(child: ChildProcess, port: number, httpPort: number) {
    this.#child = child;
    this.port = port;
    this.httpPort = httpPort;
  }

  static async start(settings: Partial<Settings> = {}): Promise<ServerProcess> {
    const program = fileURLToPath(new URL('server-child.js', import.meta.url));
    const child = fork(program, [
      JSON.stringify({ port: 0, httpPort: 0, store: 'memory', ...settings }),
    ]);
    const [[port, httpPort]] = (await once(child, 'message')) as [[number, number]];
    return new ServerProcess(child, port, httpPort);
  }

  /** Bytes that the server needs for JavaScript values and buffers, garbage not counted. */
  async memoryInUse(): Promise<number> {
    this.#child.send('memory');
    const [bytes] = (await once(this.#child, 'message')) as [number];
    return bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
