// One measurement: a fresh server, fresh load, a warm-up, a measured window, and a
// check that nothing was lost in it.
import { setTimeout as delay } from 'node:timers/promises';
import { type Children, coreNumbers } from './children.js';
import { type Contestant, type Running, start } from './contestants.js';
import { LoadProcess } from './load-process.js';
import type { Mark, Role } from './load/roles.js';
import { busyUs, cpuUs, residentBytes } from './procfs.js';
import type { Idle, Metric, Traffic, Workload } from './workloads.js';

export type Values = Readonly<Partial<Record<Metric, number>>>;

/** V8 has compiled what is hot, and TCP's windows have grown. */
const warmUpMs = 1_500;

/** Longer than a server takes to collect its garbage and to hand memory back. */
const settleMs = 1_500;

/** So many connections come and go before idle memory is counted from: code is loaded then. */
const warmUpConnections = 200;

/** From this share of a core on, what others did meanwhile makes a measurement doubtful. */
const disturbedFrom = 0.1;

export function isDisturbed(values: Values): boolean {
  return (values.othersCore ?? 0) >= disturbedFrom;
}

/** How many measurements of a run may still be repeated: its time is bounded. */
export interface Patience {
  repeats: number;
}

/** Measures; if others needed the cores meanwhile, measures again and takes the calmer one. */
export async function measureCalmly(
  patience: Patience,
  ...what: Parameters<typeof measure>
): Promise<Values> {
  const first = await measure(...what);
  if (!isDisturbed(first) || patience.repeats === 0) return first;
  patience.repeats -= 1;
  const second = await measure(...what);
  return (second.othersCore ?? 0) < (first.othersCore ?? 0) ? second : first;
}

async function measure(
  children: Children,
  workload: Workload,
  contestant: Contestant,
  windowMs: number,
): Promise<Values> {
  const server = await start(children, contestant);
  try {
    const values =
      workload.kind === 'traffic'
        ? measureTraffic(children, workload, contestant, server, windowMs)
        : measureIdle(children, workload, contestant, server);
    return await Promise.race([values, server.ended]);
  } finally {
    await server.stop();
  }
}

/** Runs `use` with load processes that are connected, and ends them after it. */
async function withLoad<Result>(
  children: Children,
  contestant: Contestant,
  port: number,
  roles: readonly Role[],
  use: (load: readonly LoadProcess[]) => Promise<Result>,
): Promise<Result> {
  const load: LoadProcess[] = [];
  try {
    for (const role of roles) {
      const one = new LoadProcess(children, { port, dialect: contestant.dialect, role });
      load.push(one);
      await one.connected();
    }
    await Promise.all(load.map(async (one) => one.ready()));
    return await use(load);
  } finally {
    await Promise.all(load.map(async (one) => one.end(children)));
  }
}

interface Standing {
  readonly atUs: number;
  readonly busyUs: number;
  readonly serverCpuUs: number;
  readonly load: readonly Mark[];
}

async function standing(server: Running, load: readonly LoadProcess[]): Promise<Standing> {
  const atUs = performance.now() * 1e3;
  const busy = busyUs(Object.values(coreNumbers));
  const serverCpuUs = cpuUs(server.pid);
  const marks = await Promise.all(load.map(async (one) => one.mark()));
  return { atUs, busyUs: busy, serverCpuUs, load: marks };
}

async function measureTraffic(
  children: Children,
  workload: Traffic,
  contestant: Contestant,
  server: Running,
  windowMs: number,
): Promise<Values> {
  return withLoad(children, contestant, server.port, workload.roles, async (load) => {
    for (const one of load) one.go();
    await delay(warmUpMs);
    const before = await standing(server, load);
    await delay(windowMs * workload.windows);
    const after = await standing(server, load);
    let sent = 0;
    for (const one of load) sent += await one.stop();
    for (const one of load) await one.check(sent);
    return compare(before, after);
  });
}

/** What happened between two marks. Each process is taken by its own clock readings. */
function compare(before: Standing, after: Standing): Values {
  let rate = 0;
  let loadCore = 0;
  for (const [index, end] of after.load.entries()) {
    const begin = before.load[index]!;
    const elapsedUs = end.atUs - begin.atUs;
    rate += ((end.frames - begin.frames) * 1e6) / elapsedUs;
    loadCore += (end.cpuUs - begin.cpuUs) / elapsedUs;
  }
  const elapsedUs = after.atUs - before.atUs;
  const serverCore = (after.serverCpuUs - before.serverCpuUs) / elapsedUs;
  const busyCores = (after.busyUs - before.busyUs) / elapsedUs;
  const othersCore = Math.max(0, busyCores - serverCore - loadCore);
  const latency = after.load.find((mark) => mark.latency)?.latency;
  return { rate, cpuUs: (serverCore * 1e6) / rate, serverCore, loadCore, othersCore, ...latency };
}

async function settledMemory(contestant: Contestant, server: Running): Promise<number> {
  if (contestant.collectsGarbage) process.kill(server.pid, 'SIGUSR2');
  await delay(settleMs);
  return residentBytes(server.pid);
}

async function measureIdle(
  children: Children,
  workload: Idle,
  contestant: Contestant,
  server: Running,
): Promise<Values> {
  const memoryWith = async (connections: number): Promise<number> =>
    withLoad(children, contestant, server.port, [{ kind: 'idle', connections }], async () =>
      settledMemory(contestant, server),
    );
  await memoryWith(warmUpConnections);
  const before = await settledMemory(contestant, server);
  const after = await memoryWith(workload.connections);
  return { memoryBytes: (after - before) / workload.connections };
}
