import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Job, Order, Word } from './weapon.js';

const program = fileURLToPath(new URL('weapon-child.js', import.meta.url));

/** So long nothing may take; whoever waits longer has found something. */
const failureMs = 60_000;

/** A crowd of clients in a process of its own, so that nobody waits for their work. */
export class WeaponProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  /** Why the crowd's connections ended that had not been ended by the crowd. */
  lost: readonly string[] = [];
  /** Words that nobody has waited for yet. */
  readonly #words: Word[] = [];
  #wake = (): void => {};

  private constructor(job: Job) {
    this.#child = fork(program, [JSON.stringify(job)], { serialization: 'json' });
    this.#child.on('message', (word) => this.#take(word as Word));
    this.#child.once('exit', () => {
      this.#take({ kind: 'failed', reason: 'the process of the crowd ended' });
    });
  }

  /** Settles when everybody is connected. */
  static async arm(job: Job): Promise<WeaponProcess> {
    const weapon = new WeaponProcess(job);
    try {
      await weapon.#done('connect everybody');
      return weapon;
    } catch (error) {
      await weapon[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Settles when the attack has begun. */
  async strike(): Promise<void> {
    await this.#obeyed('strike');
  }

  /** Settles when everybody has read what the server owed. */
  async settle(): Promise<void> {
    await this.#obeyed('settle');
  }

  /** From now on the server may close connections. */
  async mayEnd(): Promise<void> {
    await this.#obeyed('may end');
  }

  /** Ends all connections. */
  async leave(): Promise<void> {
    await this.#obeyed('leave');
  }

  /** Times that were measured since the last look. */
  async timesMs(): Promise<readonly number[]> {
    return await this.#obeyed('times');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async #obeyed(order: Order): Promise<readonly number[]> {
    this.#child.send(order);
    return await this.#done(order);
  }

  async #done(what: string): Promise<readonly number[]> {
    const untilMs = performance.now() + failureMs;
    const timer = setTimeout(() => this.#wake(), failureMs + 1);
    try {
      while (this.#words.length === 0) {
        if (performance.now() > untilMs) {
          throw new Error(`the crowd did not ${what} within ${failureMs} ms`);
        }
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      clearTimeout(timer);
    }
    const word = this.#words.shift()!;
    if (word.kind === 'failed') throw new Error(`to ${what}: ${word.reason}`);
    this.lost = word.lost;
    return word.timesMs;
  }

  #take(word: Word): void {
    this.#words.push(word);
    this.#wake();
  }
}
