// A server with many sessions is killed and started anew; all come back at once.
import { setTimeout as delay } from 'node:timers/promises';
import type { Contestant } from './contestants.js';
import type { LoadProcess } from './load-process.js';
import type { Act, Role } from './load/roles.js';
import type { Running } from './running.js';
import {
  type Bench,
  latencyOf,
  spent,
  standing,
  startServer,
  type Values,
  withFolder,
  withLoad,
} from './setup.js';
import type { Resume } from './workloads.js';

const room = 'busy';
/** They share a core, so more would not be faster. */
const processes = 2;
/** Until the server is killed. */
const livelyMs = 2_000;
/** Echoes per second of the connection that is to be answered meanwhile. */
const probesPerSecond = 200;

export async function measureResume(
  bench: Bench,
  workload: Resume,
  contestant: Contestant,
): Promise<Values> {
  const { sessions, perSecond } = workload;
  const crowd: Role = { kind: 'resume', room, connections: sessions / processes };
  const publish: Role = { kind: 'resume-publish', room, perSecond };
  const roles = [publish, ...Array.from({ length: processes }, () => crowd)];
  return withFolder(bench, contestant, async (folder) => {
    let server = await startServer(bench, contestant, folder);
    const { port } = server;
    const restart = async (): Promise<Running> => {
      await server.kill();
      server = await startServer(bench, contestant, folder, { port });
      return server;
    };
    try {
      return await withLoad(bench, contestant, port, roles, async (load) =>
        comeBack(bench, workload, contestant, load, restart),
      );
    } finally {
      await server.stop();
    }
  });
}

async function comeBack(
  bench: Bench,
  { missed }: Resume,
  contestant: Contestant,
  load: readonly LoadProcess[],
  restart: () => Promise<Running>,
): Promise<Values> {
  const [publisher, ...crowds] = load as [LoadProcess, ...LoadProcess[]];
  publisher.go();
  await delay(livelyMs);
  for (const one of load) await one.act({ kind: 'lose' });
  const server = await restart();
  await publisher.act({ kind: 'reconnect' });
  await publisher.act({ kind: 'burst', messages: missed });

  const probing: Role = { kind: 'probe', perSecond: probesPerSecond };
  return withLoad(bench, contestant, server.port, [probing], async ([probe]) => {
    probe!.go();
    const all = [probe!, ...load];
    const before = await standing(server, all);
    const reconnect: Act = { kind: 'reconnect' };
    const results = await Promise.race([
      Promise.all(crowds.map(async (crowd) => crowd.act(reconnect))),
      server.ended,
    ]);
    const after = await standing(server, all);
    await probe!.stop();
    const sent = await publisher.stop();
    for (const crowd of crowds) await crowd.check(sent);
    const { p50Us, p99Us, maxUs } = latencyOf(after)!;
    const { serverCore, loadCore, othersCore } = spent(before, after);
    return {
      catchUpMs: Math.max(...results.map((result) => result['ms']!)),
      caughtUp: results.reduce((sum, result) => sum + result['frames']!, 0),
      p50Us,
      p99Us,
      ...(maxUs !== undefined && { maxUs }),
      serverCore,
      loadCore,
      othersCore,
    };
  });
}
