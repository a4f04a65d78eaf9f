import type { Attack } from './attacks.js';
import { Stage } from './support/stage.js';

/** What came of an attack. */
export interface Result {
  /** Above the server's memory when everybody was connected, at the worst moment. */
  readonly growthBytes: number;
  /** Of the witness: until a message was acked and delivered. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Messages of the witness that were not acked and delivered while one waited. */
  readonly missing: number;
  /** Connections of attackers that the server has ended. */
  readonly lost: readonly string[];
  readonly terminateMs: number;
  readonly exitCode: number | null;
  /** Which of the bounds it breaks, in words. */
  readonly flaws: readonly string[];
}

/** The bounds; all are the same for every attack. */
export const bounds = {
  growthBytes: 150_000_000,
  p50Ms: 100,
  maxMs: 1000,
  /** The default of --drain-timeout-ms, and four seconds. */
  terminateMs: 9000,
} as const;

/** Five seconds. */
const messages = 50;
/** How long the witness waits for what has not come by then. */
const patienceMs = 15_000;
/** A server that has not ended after so long is killed. */
const killMs = 20_000;

/** One attack on a server of its own: a message of the witness each 100 ms, then SIGTERM. */
export async function runAttack({ weapon: spec }: Attack): Promise<Result> {
  await using stage = await Stage.start();
  const weapon = await stage.arm(spec);
  await stage.witness.publish(3, patienceMs);
  stage.forgetPeak();
  const { bytes } = stage.memory();
  await weapon.strike();
  const { timesMs, missing } = await stage.witness.publish(messages, patienceMs);
  const growthBytes = stage.memory().peakBytes - bytes;
  const { exitCode, ms: terminateMs } = await stage.terminate(killMs);
  const figures = {
    growthBytes,
    p50Ms: percentile(timesMs, 0.5),
    p99Ms: percentile(timesMs, 0.99),
    maxMs: timesMs.at(-1) ?? Infinity,
    missing,
    lost: weapon.lost,
    terminateMs,
    exitCode,
  };
  return { ...figures, flaws: flawsOf(figures) };
}

/** The smallest value that at least this share of all does not exceed; they are in order. */
export function percentile(ordered: readonly number[], share: number): number {
  return ordered[Math.max(0, Math.ceil(ordered.length * share) - 1)] ?? Infinity;
}

function flawsOf(figures: Omit<Result, 'flaws'>): string[] {
  const flaws: string[] = [];
  if (figures.growthBytes > bounds.growthBytes) flaws.push('memory');
  if (!(figures.p50Ms < bounds.p50Ms)) flaws.push('p50');
  if (!(figures.maxMs < bounds.maxMs)) flaws.push('max');
  if (figures.missing > 0) flaws.push(`${figures.missing} messages missing`);
  if (figures.lost.length > 0) flaws.push(`${figures.lost.length} connections lost`);
  if (figures.exitCode !== 0) flaws.push(`exit code ${figures.exitCode ?? 'none: killed'}`);
  else if (figures.terminateMs > bounds.terminateMs) flaws.push('SIGTERM');
  return flaws;
}
