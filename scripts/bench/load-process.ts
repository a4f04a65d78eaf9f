// The orchestrator's end of a load process.
import { fileURLToPath } from 'node:url';
import type { ChildProcess } from 'node:child_process';
import type { Children, Core } from './children.js';
import type { Act, ActResult, Answer, Command, Job, Mark } from './load/roles.js';

const program = fileURLToPath(new URL('load/main.js', import.meta.url));

/** More than each step of a load process may take by its own limits. */
const answerMs = 40_000;

/** For what takes longer when all is well: a reader that was lagging catches up. */
const patientAnswerMs = 150_000;

type AnswerOf<Kind extends Answer['kind']> = Extract<Answer, { kind: Kind }>;

export class LoadProcess {
  readonly #child: ChildProcess;
  /** What has come and was not yet asked for. */
  readonly #answers = new Map<Answer['kind'], Answer>();
  #failure: Error | undefined;
  #wake = (): void => {};

  constructor(children: Children, job: Job, core: Core = 'load') {
    const command = { program: process.execPath, args: [program, JSON.stringify(job)] };
    this.#child = children.spawn(core, command, ['ignore', 'inherit', 'inherit', 'ipc']);
    this.#child.on('message', (message) => this.#take(message as Answer));
    this.#child.once('exit', () => this.#fail(`a load process (${job.role.kind}) ended`));
    this.#child.once('error', (error) => this.#fail(error.message));
  }

  async connected(): Promise<void> {
    await this.#answer('connected');
  }

  async ready(): Promise<void> {
    await this.#answer('ready');
  }

  go(): void {
    this.#command({ kind: 'go' });
  }

  async mark(): Promise<Mark> {
    this.#command({ kind: 'mark' });
    return (await this.#answer('mark')).mark;
  }

  /** Resolves to the number of messages that it sent. */
  async stop(): Promise<number> {
    this.#command({ kind: 'stop' });
    return (await this.#answer('stop')).sent;
  }

  async check(sent: number): Promise<void> {
    this.#command({ kind: 'check', sent });
    await this.#answer('check', patientAnswerMs);
  }

  async act(act: Act): Promise<ActResult> {
    this.#command({ kind: 'act', act });
    return (await this.#answer('act', patientAnswerMs)).result;
  }

  async end(children: Children): Promise<void> {
    await children.end(this.#child);
  }

  #command(command: Command): void {
    if (this.#child.connected) this.#child.send(command, () => {});
  }

  #take(answer: Answer): void {
    if (answer.kind === 'failed') this.#fail(answer.reason);
    else this.#answers.set(answer.kind, answer);
    this.#wake();
  }

  #fail(reason: string): void {
    this.#failure ??= new Error(reason);
    this.#wake();
  }

  async #answer<Kind extends Answer['kind']>(
    kind: Kind,
    timeoutMs = answerMs,
  ): Promise<AnswerOf<Kind>> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const answer = this.#answers.get(kind);
      this.#answers.delete(kind);
      if (answer) return answer as AnswerOf<Kind>;
      if (this.#failure) throw this.#failure;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`a load process did not say "${kind}" in time`);
      await this.#news(leftMs);
    }
  }

  /** Resolves when something came, or the time is over. */
  async #news(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
