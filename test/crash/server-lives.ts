import { createServer } from 'node:net';
import { join } from 'node:path';
import { databaseName } from '../../src/store/sqlite/storage.js';
import { Program } from '../support/programs.js';
import type { Random } from '../support/random.js';

/** How long a server may take to listen, and to end when it is told to. */
const startMsMax = 20_000;

/** The server program on one port and one folder, in one life after the other. */
export class ServerLives {
  readonly port: number;
  readonly #folder: string;
  #program: Program;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
    this.#program = this.#begin();
  }

  /** Begins the first life, on a free port. */
  static async begin(folder: string, random: Random): Promise<ServerLives> {
    return new ServerLives(await freePort(random), folder);
  }

  get databasePath(): string {
    return join(this.#folder, databaseName);
  }

  /** Settles when this life's server listens. */
  async listening(): Promise<void> {
    const tooLate = setTimeout(() => this.#program.process.kill('SIGKILL'), startMsMax);
    try {
      await this.#program.prints(/listening on /);
    } finally {
      clearTimeout(tooLate);
    }
  }

  /** Ends this life at once and begins the next. Throws when it was over before. */
  async killAndBegin(): Promise<void> {
    this.#program.process.kill('SIGKILL');
    const { exitCode, stdout, stderr } = await this.#program.ended();
    if (exitCode !== null) {
      throw new Error(`the server ended by itself with ${exitCode}: ${stdout}${stderr}`);
    }
    this.#program = this.#begin();
  }

  /** Ends this life in good order, for the last time. */
  async end(): Promise<void> {
    const tooLate = setTimeout(() => this.#program.process.kill('SIGKILL'), startMsMax);
    this.#program.process.kill('SIGTERM');
    const { exitCode, stderr } = await this.#program.ended();
    clearTimeout(tooLate);
    if (exitCode !== 0) throw new Error(`the server ended with ${exitCode}: ${stderr}`);
  }

  /** Ends whatever runs, without waiting; for the way out. */
  kill(): void {
    this.#program.process.kill('SIGKILL');
  }

  /** The same, and waits until it is gone. */
  async stop(): Promise<void> {
    this.kill();
    await this.#program.ended();
  }

  #begin(): Program {
    const place = [
      '--port',
      String(this.port),
      '--no-http',
      '--data',
      this.#folder,
      '--store',
      'sqlite',
    ];
    return new Program('server', [...place, '--rate-limit', '0', '--log-level', 'silent']);
  }
}

/**
 * A port that nobody listens on, and that no system gives to a connection on its way out:
 * while the server is dead somebody else could have it, a client of this server even.
 */
async function freePort(random: Random): Promise<number> {
  for (;;) {
    const port = random.integer(20_000, 29_999);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const probe = createServer();
    probe.on('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
