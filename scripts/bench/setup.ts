// What every measurement consists of: a fresh server with a fresh folder, load processes,
// and what was used between two moments.
import { type Children, type Core, measuredCores } from './children.js';
import type { Contestant } from './contestants.js';
import type { Folders } from './folders.js';
import { LoadProcess } from './load-process.js';
import type { Mark, Role } from './load/roles.js';
import type { Metric } from './metrics.js';
import { busyUs, cpuUs, writes } from './procfs.js';
import { type Running, start } from './running.js';

export type Values = Readonly<Partial<Record<Metric, number>>>;

/** V8 has compiled what is hot, and TCP's windows have grown. */
export const warmUpMs = 1_500;

/** From this share of a core on, what others did meanwhile makes a measurement doubtful. */
const disturbedFrom = 0.1;

export function isDisturbed(values: Values): boolean {
  return (values.othersCore ?? 0) >= disturbedFrom;
}

/** What all measurements of a run share. */
export interface Bench {
  readonly children: Children;
  readonly folders: Folders;
  /** See `Job.sink`. */
  readonly sink: string | undefined;
  readonly windowMs: number;
  /** How long a reader reads nothing, and how long a slow one is watched. */
  readonly stallMs: number;
  readonly slowMs: number;
  /** What one measurement leaves for others. */
  readonly notes: Notes;
}

export interface Notes {
  /** By workload: how many messages the server has had in an append. */
  readonly rowsPerAppend: Map<string, number>;
  /** By room length: a folder with a database that is copied for each measurement. */
  readonly filled: Map<number, string>;
}

export interface ServerOptions {
  readonly core?: Core;
  readonly port?: number;
  readonly args?: readonly string[];
}

/** A folder to use, if the contestant keeps anything; it is gone afterwards. */
export async function withFolder<Result>(
  { folders }: Bench,
  contestant: Contestant,
  use: (folder: string | undefined) => Promise<Result>,
): Promise<Result> {
  const folder = contestant.keeps ? folders.make() : undefined;
  try {
    return await use(folder);
  } finally {
    if (folder !== undefined) folders.remove(folder);
  }
}

export async function startServer(
  { children }: Bench,
  contestant: Contestant,
  folder: string | undefined,
  { core = 'server', port = 0, args = [] }: ServerOptions = {},
): Promise<Running> {
  return start(children, contestant, { core, port, folder, args });
}

/** Runs `use` with a server, which has ended afterwards; rejects if that ends before. */
export async function withServer<Result>(
  bench: Bench,
  contestant: Contestant,
  options: ServerOptions,
  use: (server: Running) => Promise<Result>,
): Promise<Result> {
  return withFolder(bench, contestant, async (folder) => {
    const server = await startServer(bench, contestant, folder, options);
    try {
      return await Promise.race([use(server), server.ended]);
    } finally {
      await server.stop();
    }
  });
}

/** Runs `use` with load processes that are connected, and ends them after it. */
export async function withLoad<Result>(
  { children, sink }: Bench,
  contestant: Contestant,
  port: number,
  roles: readonly Role[],
  use: (load: readonly LoadProcess[]) => Promise<Result>,
  core?: Core,
): Promise<Result> {
  const load: LoadProcess[] = [];
  try {
    for (const role of roles) {
      const job = { port, dialect: contestant.dialect, role, sink };
      const one = new LoadProcess(children, job, core);
      load.push(one);
      await one.connected();
    }
    await Promise.all(load.map(async (one) => one.ready()));
    return await use(load);
  } finally {
    await Promise.all(load.map(async (one) => one.end(children)));
  }
}

export interface Standing {
  readonly atUs: number;
  readonly busyUs: number;
  readonly serverCpuUs: number;
  readonly serverWrites: number;
  readonly load: readonly Mark[];
}

export async function standing(
  server: Pick<Running, 'pid'> | undefined,
  load: readonly LoadProcess[],
): Promise<Standing> {
  const atUs = performance.now() * 1e3;
  const busy = busyUs(measuredCores);
  const serverCpuUs = server === undefined ? 0 : cpuUs(server.pid);
  const serverWrites = server === undefined ? 0 : writes(server.pid);
  const marks = await Promise.all(load.map(async (one) => one.mark()));
  return { atUs, busyUs: busy, serverCpuUs, serverWrites, load: marks };
}

/** What was used between two marks, and how much was done. */
export interface Spent {
  /** Frames that arrived, and what roles count beside them, per second. */
  readonly rate: number;
  readonly doneRate: number;
  /** Frames that arrived for each write of the server. */
  readonly perWrite: number;
  readonly serverCore: number;
  readonly loadCore: number;
  readonly othersCore: number;
}

/** Each process is taken by its own clock readings. */
export function spent(before: Standing, after: Standing): Spent {
  let rate = 0;
  let frames = 0;
  let doneRate = 0;
  let loadCore = 0;
  for (const [index, end] of after.load.entries()) {
    const begin = before.load[index]!;
    const elapsedUs = end.atUs - begin.atUs;
    frames += end.frames - begin.frames;
    rate += ((end.frames - begin.frames) * 1e6) / elapsedUs;
    doneRate += (((end.done ?? 0) - (begin.done ?? 0)) * 1e6) / elapsedUs;
    loadCore += (end.cpuUs - begin.cpuUs) / elapsedUs;
  }
  const elapsedUs = after.atUs - before.atUs;
  const serverCore = (after.serverCpuUs - before.serverCpuUs) / elapsedUs;
  const perWrite = frames / (after.serverWrites - before.serverWrites);
  const busyCores = (after.busyUs - before.busyUs) / elapsedUs;
  const othersCore = Math.max(0, busyCores - serverCore - loadCore);
  return { rate, doneRate, perWrite, serverCore, loadCore, othersCore };
}

/** The percentiles of the deliveries up to a mark, where a role takes them. */
export function latencyOf({ load }: Standing): Mark['latency'] {
  return load.find((mark) => mark.latency)?.latency;
}
