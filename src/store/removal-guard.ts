import { spawn, type ChildProcess } from 'node:child_process';

/**
 * Removes files when this process ends before it says that it is done, however it ends. A
 * process that is killed can do nothing itself; so another one waits for the end of a pipe,
 * which comes with the end of this process. Where there is no shell, nobody waits.
 */
export class RemovalGuard {
  readonly #child: ChildProcess;

  /** The files need not be there yet. */
  constructor(files: readonly string[]) {
    const script = 'read -r word || rm -f -- "$@"';
    // In a group of its own, as a signal from the terminal goes to the whole group.
    this.#child = spawn('/bin/sh', ['-c', script, 'sh', ...files], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#child.on('error', () => {});
    this.#child.stdin?.on('error', () => {});
    this.#child.unref();
  }

  /** There is nothing to remove any more. */
  end(): void {
    this.#child.stdin?.end('done\n');
  }
}
