import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import './state-home.js';

/** The folder of the checkout. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** How a program ended, and all that it printed. */
export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the system gives to a program. */
export interface ProgramLimits {
  readonly openFilesMax?: number;
}

/** One of the two programs, as a process of its own. */
export class Program {
  readonly process: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #outcome: Promise<Outcome>;
  #hasEnded = false;
  #changed: () => void = () => {};

  /** Starts `server` or `client` with arguments and, beside the usual ones, variables. */
  constructor(
    name: 'server' | 'client',
    args: readonly string[],
    variables: Readonly<Record<string, string>> = {},
    { openFilesMax }: ProgramLimits = {},
  ) {
    const path = join(root, 'dist', 'src', 'cli', `${name}.js`);
    const command = [process.execPath, path, ...args];
    const limited = ['sh', '-c', `ulimit -n ${openFilesMax} && exec "$@"`, 'sh', ...command];
    const [file, ...rest] = openFilesMax === undefined ? command : limited;
    this.process = spawn(file!, rest, {
      env: { ...process.env, ...variables },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // A program that has ended does not read what is still written to it.
    this.process.stdin?.on('error', () => {});
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#changed();
    });
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#changed();
    });
    this.#outcome = once(this.process, 'close').then(([exitCode]) => {
      this.#hasEnded = true;
      this.#changed();
      return { exitCode: exitCode as number | null, stdout: this.stdout, stderr: this.stderr };
    });
  }

  /** Writes to standard input. */
  type(text: string): void {
    this.process.stdin?.write(text);
  }

  /** Ends standard input, after `text`, and waits for the end of the program. */
  async finish(text = ''): Promise<Outcome> {
    this.process.stdin?.end(text);
    return await this.#outcome;
  }

  /** Waits for the end of the program. */
  async ended(): Promise<Outcome> {
    return await this.#outcome;
  }

  /** Waits until standard output (or the other one) matches; fails when the program ends before. */
  async prints(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this[stream]);
      if (match !== null) return match;
      if (this.#hasEnded) {
        throw new Error(`it ended without printing ${pattern}: ${this.stdout}${this.stderr}`);
      }
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
  }

  /** Ends the program, if it still runs. */
  async stop(): Promise<void> {
    if (this.process.exitCode === null) this.process.kill('SIGKILL');
    await this.#outcome;
  }
}

/** Starts the server program on a free port and waits until it listens. */
export async function startServerProgram(
  args: readonly string[] = [],
  variables: Readonly<Record<string, string>> = {},
  limits: ProgramLimits = {},
): Promise<{ program: Program; port: number }> {
  const program = new Program(
    'server',
    ['--port', '0', '--http-port', '0', '--store', 'memory', ...args],
    variables,
    limits,
  );
  const [, port] = await program.prints(/listening on tcp:\/\/[\d.]+:(\d+)\n/);
  return { program, port: Number(port) };
}
