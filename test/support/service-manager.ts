import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { compiled } from './compiled.js';
import { root } from './programs.js';

/** A server program under something that does what systemd does; see service-manager.c. */
export class ServiceManager implements AsyncDisposable {
  /** What the program has told, and how it has ended, in order. */
  readonly lines: string[] = [];
  /** What the program has printed. */
  output = '';
  readonly #child: ChildProcess;
  readonly #folder: string;
  #changed: () => void = () => {};

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.lines.push(line);
      this.#changed();
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.output += text));
  }

  /** Listens, and starts nothing yet. */
  static async open(
    args: readonly string[],
    variables: Readonly<Record<string, string>> = {},
  ): Promise<ServiceManager> {
    const folder = mkdtempSync(join(tmpdir(), 'tcp-chat-test-'));
    const server = [process.execPath, join(root, 'dist', 'src', 'cli', 'server.js')];
    const child = spawn(
      await compiled('support/service-manager.c'),
      [join(folder, 'notify'), ...server, '--data', join(folder, 'data'), ...args],
      { env: { ...process.env, ...variables }, stdio: ['pipe', 'pipe', 'pipe'] },
    );
    return new ServiceManager(child, folder);
  }

  /** The port on which it listens all the time. */
  async port(): Promise<number> {
    return Number((await this.says(/^port \d+$/)).slice('port '.length));
  }

  start(): void {
    this.#child.stdin!.write('s');
  }

  send(signal: 'SIGTERM' | 'SIGHUP'): void {
    this.#child.stdin!.write(signal === 'SIGTERM' ? 't' : 'h');
  }

  /** The first line that matches, which is taken away, with those before it. */
  async says(pattern: RegExp): Promise<string> {
    for (;;) {
      const index = this.lines.findIndex((line) => pattern.test(line));
      if (index >= 0) return this.lines.splice(0, index + 1).at(-1)!;
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.stdin!.end();
    await gone;
    rmSync(this.#folder, { recursive: true });
  }
}
