import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { HostAnswer, HostRequest } from './host.js';

/**
 * A process with a server in it. A server whose files are changed while it has them mapped
 * may end with its process: then the next one has another process.
 */
export class ServerHost implements AsyncDisposable {
  #child: ChildProcess | undefined;

  /** Starts a server; whatever it does, what comes of it is one of these answers. */
  async start(data: string): Promise<HostAnswer> {
    return await this.#ask({ kind: 'start', data });
  }

  async stop(): Promise<void> {
    await this.#ask({ kind: 'stop' });
  }

  /** Ends the process with the server in it, without a word. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || hasEnded(child)) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #ask(request: HostRequest): Promise<HostAnswer> {
    if (this.#child === undefined || hasEnded(this.#child)) {
      const program = fileURLToPath(new URL('host.js', import.meta.url));
      this.#child = fork(program, [], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    }
    const child = this.#child.setMaxListeners(0);
    const ended = once(child, 'exit').then(([code, signal]): [HostAnswer] => {
      const sentence = `the process ended with ${signal ?? code}`;
      return [{ kind: 'refused', name: 'exit', sentence }];
    });
    const answered = once(child, 'message') as Promise<[HostAnswer]>;
    child.send(request);
    return (await Promise.race([answered, ended]))[0];
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
