import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeFolder } from '../support/folders.js';
import { Random } from '../support/random.js';
import type { Totals } from './people.js';
import type { Order, Report } from './people-process.js';
import { ServerLives } from './server-lives.js';

/** What is done to the server. */
export interface CrashOptions {
  readonly kills: number;
  /** Decides when the server is killed, as far as the machine keeps time. */
  readonly seed: number;
  /** For how long it serves before it is killed, from and to. */
  readonly msBetween: readonly [min: number, max: number];
  /** Whether to keep the database when something is wrong. */
  readonly keepEvidence: boolean;
  /** Told how far it is, now and then. */
  readonly progress?: (kills: number, totals: Totals) => void;
}

/** What came of it. */
export interface CrashResult extends Totals {
  readonly kills: number;
  /** Those of them before the server listened. */
  readonly killsAtStart: number;
  readonly seconds: number;
  /** In words, the first of them at least. */
  readonly problemTexts: readonly string[];
  /** Where the database is, if it was kept. */
  readonly evidence: string | undefined;
}

/** Of ten lives, one ends in its first moments and two while the server starts up. */
const firstMomentsChance = 0.1;
const startUpChance = 0.2;
const firstMomentsMs = 50;
const startUpMs = 450;

/** How long each step of the people may take; they give up earlier by themselves. */
const stepMsMax = 180_000;

/**
 * Kills the real server, with its real database, again and again while people chat, and
 * checks in the end that the promise was kept: each acked message is there once, under
 * its number, in every reader and on disk, in order, without a gap, and nothing else.
 *
 * It kills the process and not the machine: what the system has been given to write is
 * written. What only a power failure takes back is beyond this test.
 */
export async function crash(options: CrashOptions): Promise<CrashResult> {
  const startedAtMs = performance.now();
  const random = new Random(options.seed);
  const folder = await makeFolder();
  let lives: ServerLives | undefined;
  let people: PeopleProcess | undefined;
  let isKept = false;
  // Where the program is ended from outside, too.
  const removeAll = (): void => {
    people?.kill();
    lives?.kill();
    if (!isKept) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  process.once('exit', removeAll);
  try {
    lives = await ServerLives.begin(folder, random);
    await lives.listening();
    people = new PeopleProcess(lives.port, options.seed);
    const failures: string[] = [];
    const kills = await killAgainAndAgain(options, random, lives, people).catch(
      (error: unknown) => {
        failures.push((error as Error).message);
        return { all: 0, atStart: 0 };
      },
    );
    const last = failures.length > 0 ? people.latest : await conclude(lives, people, failures);
    const problemTexts = [...failures, ...last.problems];
    isKept = problemTexts.length > 0 && options.keepEvidence;
    return {
      ...last.totals,
      problems: failures.length + last.totals.problems,
      kills: kills.all,
      killsAtStart: kills.atStart,
      seconds: (performance.now() - startedAtMs) / 1000,
      problemTexts,
      evidence: isKept ? folder : undefined,
    };
  } finally {
    await Promise.all([people?.stop(), lives?.stop()]);
    removeAll();
    process.off('exit', removeAll);
  }
}

/** Until there were as many kills as wanted, or something is wrong already. */
async function killAgainAndAgain(
  { kills, msBetween, progress }: CrashOptions,
  random: Random,
  lives: ServerLives,
  people: PeopleProcess,
): Promise<{ readonly all: number; readonly atStart: number }> {
  await people.gathered();
  let atStart = 0;
  let all = 0;
  while (all < kills && people.latest.totals.problems === 0) {
    const chance = random.next();
    if (chance < firstMomentsChance + startUpChance) {
      const isFirstMoments = chance < firstMomentsChance;
      await delay(random.integer(0, isFirstMoments ? firstMomentsMs : startUpMs));
      atStart += 1;
    } else {
      await lives.listening();
      await delay(random.integer(...msBetween));
    }
    await lives.killAndBegin();
    all += 1;
    people.check();
    progress?.(all, people.latest.totals);
  }
  return { all, atStart };
}

/** Leaves the server running until everybody has everything, and looks at its database then. */
async function conclude(
  lives: ServerLives,
  people: PeopleProcess,
  failures: string[],
): Promise<Report> {
  try {
    await lives.listening();
    await people.done({ kind: 'finish' }, 'finished');
    await lives.end();
    await people.done({ kind: 'judge', path: lives.databasePath }, 'judged');
  } catch (error) {
    failures.push((error as Error).message);
  }
  return people.latest;
}

const nothing: Totals = { acked: 0, duplicates: 0, deliveries: 0, resumed: 0, problems: 0 };

/** The people, seen from here. */
class PeopleProcess {
  latest: Report = { kind: 'progress', totals: nothing, problems: [] };
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  /** The steps that they have told of; progress may be told right after one. */
  readonly #steps = new Set<Report['kind']>();
  #changed: () => void = () => {};

  constructor(port: number, seed: number) {
    const program = fileURLToPath(new URL('people-process.js', import.meta.url));
    this.#child = fork(program, [String(port), String(seed)]);
    this.#exited = once(this.#child, 'exit').finally(() => this.#changed());
    this.#child.on('message', (report: Report) => {
      this.latest = report;
      this.#steps.add(report.kind);
      this.#changed();
    });
  }

  async gathered(): Promise<void> {
    await this.#until('gathered');
  }

  /** Orders something, and settles when it is done. */
  async done(order: Order, kind: Report['kind']): Promise<void> {
    this.#child.send(order);
    await this.#until(kind);
  }

  /** Throws when they have come to an end. */
  check(): void {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) {
      throw new Error(`the people have ended with ${exitCode ?? signalCode}`);
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.kill();
    await this.#exited;
  }

  /** Until they have said so. */
  async #until(kind: Report['kind']): Promise<void> {
    const deadlineMs = performance.now() + stepMsMax;
    const timer = setInterval(() => this.#changed(), 1000);
    try {
      while (!this.#steps.has(kind)) {
        this.check();
        if (performance.now() > deadlineMs) {
          throw new Error(`the people have not ${kind} in ${stepMsMax} ms`);
        }
        await new Promise<void>((resolve) => (this.#changed = resolve));
      }
    } finally {
      clearInterval(timer);
    }
  }
}
