import { rmSync } from 'node:fs';
import { makeFolder, removeFolder } from '../../support/folders.js';
import { Program } from '../../support/programs.js';
import { forgetPeak, memoryOf, type ProcessMemory } from './process-memory.js';
import type { WeaponSpec } from './weapon.js';
import { WeaponProcess } from './weapon-process.js';
import { Witness } from './witness.js';

/** How the server ended. */
export interface Ending {
  /** Null when it had to be killed. */
  readonly exitCode: number | null;
  readonly ms: number;
}

/**
 * The place of an attack: the server program as anybody starts it, with the database in a
 * folder of its own, two people who chat, and crowds that are brought in.
 */
export class Stage implements AsyncDisposable {
  readonly port: number;
  readonly httpPort: number;
  readonly witness: Witness;
  readonly #program: Program;
  readonly #folder: string;
  readonly #weapons: WeaponProcess[] = [];

  /** Ends everything when this process has to end at once. */
  readonly #abandon = (): void => {
    this.#program.process.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  };

  private constructor(
    program: Program,
    folder: string,
    ports: { readonly port: number; readonly httpPort: number },
    witness: Witness,
  ) {
    this.#program = program;
    this.#folder = folder;
    this.port = ports.port;
    this.httpPort = ports.httpPort;
    this.witness = witness;
    process.once('exit', this.#abandon);
  }

  static async start(): Promise<Stage> {
    const folder = await makeFolder();
    const ports = ['--port', '0', '--http-port', '0'];
    // A line for each of thousands of connections would be work for this process.
    const program = new Program('server', [...ports, '--data', folder, '--log-level', 'error']);
    try {
      const [, port] = await program.prints(/listening on tcp:\/\/127\.0\.0\.1:(\d+)\n/);
      const [, httpPort] = await program.prints(/listening on http:\/\/127\.0\.0\.1:(\d+)\n/);
      const target = { port: Number(port), httpPort: Number(httpPort) };
      return new Stage(program, folder, target, await Witness.join(target));
    } catch (error) {
      await program.stop();
      await removeFolder(folder);
      throw error;
    }
  }

  /** Brings in a crowd, connected; its attack begins with `strike`. */
  async arm(spec: WeaponSpec): Promise<WeaponProcess> {
    const { port, httpPort } = this;
    const weapon = await WeaponProcess.arm({ port, httpPort, spec });
    this.#weapons.push(weapon);
    return weapon;
  }

  /** Of the server. */
  memory(): ProcessMemory {
    return memoryOf(this.#program.process.pid!);
  }

  forgetPeak(): void {
    forgetPeak(this.#program.process.pid!);
  }

  /** Whatever the server has said of itself and of errors. */
  get complaints(): string {
    return this.#program.stderr;
  }

  /** Asks the server to end, and kills it when it has not ended after so long. */
  async terminate(boundMs: number): Promise<Ending> {
    this.witness.mayEnd();
    for (const weapon of this.#weapons) await weapon.mayEnd();
    const { process } = this.#program;
    const beganMs = performance.now();
    const bound = setTimeout(() => process.kill('SIGKILL'), boundMs);
    process.kill('SIGTERM');
    const { exitCode } = await this.#program.ended();
    clearTimeout(bound);
    return { exitCode, ms: performance.now() - beganMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#abandon);
    this.witness[Symbol.dispose]();
    for (const weapon of this.#weapons) await weapon[Symbol.asyncDispose]();
    await this.#program.stop();
    await removeFolder(this.#folder);
  }
}
