// The processes that the benchmark starts: each pinned to a core, each ended by its
// pid, whatever happens.
import { type ChildProcess, spawn, spawnSync, type StdioOptions } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * Who shares a core: servers have one for themselves, all of the load has the other. In a
 * few workloads the server has both, one of them together with the load.
 */
export type Core = 'server' | 'load' | 'both';

const coreNumbers: Readonly<Record<Core, readonly number[]>> = {
  server: [0],
  load: [1],
  both: [0, 1],
};

/** The cores that a measurement takes place on. */
export const measuredCores = coreNumbers.both;

/** How long a process may take to end by itself. */
const endMs = 3_000;

export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
}

export class Children {
  /** Whether servers and load are kept apart; without it the numbers mean little. */
  readonly pinned: boolean =
    availableParallelism() >= 2 && spawnSync('taskset', ['--version']).status === 0;
  readonly #alive = new Set<ChildProcess>();

  spawn(core: Core, { program, args }: CommandLine, stdio: StdioOptions): ChildProcess {
    // taskset becomes the program, so that the pid is the program's.
    const child = this.pinned
      ? spawn('taskset', ['-c', coreNumbers[core].join(','), program, ...args], { stdio })
      : spawn(program, args, { stdio });
    this.#alive.add(child);
    child.once('exit', () => this.#alive.delete(child));
    child.once('error', () => this.#alive.delete(child));
    return child;
  }

  /** Ends one process, by force if it does not go. */
  async end(child: ChildProcess): Promise<void> {
    if (!this.#alive.has(child)) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    const timer = setTimeout(() => child.kill('SIGKILL'), endMs);
    child.kill('SIGTERM');
    await gone;
    clearTimeout(timer);
  }

  /** Ends one process without giving it the time for anything. */
  async kill(child: ChildProcess): Promise<void> {
    if (!this.#alive.has(child)) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Ends all, at once; for the way out. */
  killAll(): void {
    for (const child of this.#alive) child.kill('SIGKILL');
  }
}
