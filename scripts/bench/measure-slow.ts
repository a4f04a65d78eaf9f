// Readers that hold nobody up: one that reads nothing for a while, and one that reads little.
import { setTimeout as delay } from 'node:timers/promises';
import type { Contestant } from './contestants.js';
import type { LoadProcess } from './load-process.js';
import type { Role } from './load/roles.js';
import { residentBytes } from './procfs.js';
import type { Running } from './running.js';
import {
  type Bench,
  latencyOf,
  spent,
  standing,
  type Values,
  warmUpMs,
  withLoad,
  withServer,
} from './setup.js';
import type { Stall, Trickle } from './workloads.js';

/** With which it is found out how much the server can do. */
const saturatingWindow = 16;
const saturatedMs = 3_000;
/** From one rate to another. */
const settleMs = 1_000;
/** A prime, so that it does not go along with any rhythm of the batches. */
const ofEvery = 31;
const memoryPollMs = 500;
/** A connection that takes nothing must not be cut while it is to take nothing. */
const stallTimeoutFactor = 3;

function stallRoles({ publishers, receivers }: Stall): readonly Role[] {
  const pace = { kind: 'window', size: saturatingWindow } as const;
  return [
    { kind: 'publish', publishers, pace, stamped: true },
    // Not the publishers, not the one that checks, not the one that stalls.
    { kind: 'receive', connections: receivers - publishers - 2, latency: { ofEvery } },
    { kind: 'stall' },
  ];
}

/** Without a stalled reader, then with it, then without it again, all on one server. */
export async function measureStall(
  bench: Bench,
  workload: Stall,
  contestant: Contestant,
): Promise<Values> {
  const { stallMs } = bench;
  const stallTimeoutMs = Math.max(60_000, stallTimeoutFactor * stallMs);
  const args = ['--stall-timeout-ms', String(stallTimeoutMs)];
  return withServer(bench, contestant, { args }, async (server) =>
    withLoad(bench, contestant, server.port, stallRoles(workload), async (load) => {
      const [publishers, , slow] = load as [LoadProcess, LoadProcess, LoadProcess];
      const perSecond = workload.load * (await saturatedRate(server, load, workload.receivers));
      const pace = async (rate: number): Promise<number> =>
        (await publishers.act({ kind: 'pace', perSecond: rate }))['sent']!;

      await pace(perSecond);
      await delay(settleMs);
      const first = await watched(server, load, stallMs / 2);
      await slow.act({ kind: 'stall' });
      const stalled = await watched(server, load, stallMs);
      const read = await slow.act({ kind: 'read', untilSeq: await pace(0) });
      await pace(perSecond);
      await delay(settleMs);
      const last = await watched(server, load, stallMs / 2);

      const sent = await publishers.stop();
      for (const one of load) await one.check(sent);
      const { rate, serverCore, loadCore, othersCore, p50Us, p99Us } = stalled;
      return {
        p99Share: p99Us / ((first.p99Us + last.p99Us) / 2),
        rate,
        p50Us,
        p99Us,
        caughtUp: read['lag']!,
        catchUpMs: read['ms']!,
        memoryGrowthBytes: stalled.memoryGrowthBytes,
        serverCore,
        loadCore,
        othersCore,
      };
    }),
  );
}

/** Messages per second. */
async function saturatedRate(
  server: Running,
  load: readonly LoadProcess[],
  receivers: number,
): Promise<number> {
  for (const one of load) one.go();
  await delay(warmUpMs);
  const before = await standing(server, load);
  await delay(saturatedMs);
  return spent(before, await standing(server, load)).rate / receivers;
}

interface Watched extends ReturnType<typeof spent> {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly memoryGrowthBytes: number;
}

async function watched(
  server: Running,
  load: readonly LoadProcess[],
  durationMs: number,
): Promise<Watched> {
  const bytesBefore = residentBytes(server.pid);
  let bytesMax = bytesBefore;
  const poll = setInterval(() => {
    bytesMax = Math.max(bytesMax, residentBytes(server.pid));
  }, memoryPollMs);
  try {
    const before = await standing(server, load);
    await delay(durationMs);
    const after = await standing(server, load);
    const { p50Us, p99Us } = latencyOf(after)!;
    const memoryGrowthBytes = bytesMax - bytesBefore;
    return { ...spent(before, after), p50Us, p99Us, memoryGrowthBytes };
  } finally {
    clearInterval(poll);
  }
}

export async function measureTrickle(
  bench: Bench,
  { receivers, perSecond, bytesPerSecond }: Trickle,
  contestant: Contestant,
): Promise<Values> {
  const publishers = 10;
  const roles: readonly Role[] = [
    { kind: 'publish', publishers, pace: { kind: 'rate', perSecond } },
    { kind: 'receive', connections: receivers - publishers - 2, latency: false },
    { kind: 'trickle', bytesPerSecond },
  ];
  return withServer(bench, contestant, {}, async (server) =>
    withLoad(bench, contestant, server.port, roles, async (load) => {
      const [publishing, receiving, slow] = load as [LoadProcess, LoadProcess, LoadProcess];
      for (const one of load) one.go();
      const before = await standing(server, load);
      await delay(bench.slowMs);
      const { rate, serverCore, loadCore } = spent(before, await standing(server, load));
      const held = await slow.act({ kind: 'status' });
      const sent = await publishing.stop();
      await publishing.check(sent);
      await receiving.check(sent);
      // A session that got nothing was not cut either.
      if (held['cut'] === 0 && held['bytes']! < (bytesPerSecond * bench.slowMs) / 2000) {
        throw new Error(`the slow session got ${held['bytes']} bytes only`);
      }
      const heldShare = held['cut'] === 0 ? 1 : held['heldMs']! / bench.slowMs;
      return { heldShare, rate, caughtUp: held['frames']!, serverCore, loadCore };
    }),
  );
}
