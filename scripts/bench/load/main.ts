// A load process: plays one role against one server, as the orchestrator commands.
// Whatever goes wrong is reported and ends the process; so does the orchestrator's end.
import { dialects } from '../dialects.js';
import { acked } from './acked.js';
import { append } from './append.js';
import type { Endpoint } from './connection.js';
import { nowUs } from './content.js';
import { echo } from './echo.js';
import { fetchPages } from './fetch.js';
import { idle } from './idle.js';
import { listen } from './listen.js';
import { probe } from './probe.js';
import { publish } from './publish.js';
import { receive } from './receive.js';
import { resume, resumePublish } from './resume.js';
import { stall, trickle } from './slow.js';
import type { Answer, Command, Job, Mark, Player, Role } from './roles.js';

function answer(message: Answer): void {
  process.send?.(message);
}

function fail(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  // More of the same may follow until the report has left.
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', () => {});
  process.send?.({ kind: 'failed', reason } satisfies Answer, () => process.exit(1));
}

function play(endpoint: Endpoint, role: Role): Player {
  switch (role.kind) {
    case 'publish':
      return publish(endpoint, role);
    case 'receive':
      return receive(endpoint, role);
    case 'echo':
      return echo(endpoint, role);
    case 'idle':
      return idle(endpoint, role);
    case 'acked':
      return acked(endpoint, role);
    case 'listen':
      return listen(endpoint, role);
    case 'stall':
      return stall(endpoint);
    case 'trickle':
      return trickle(endpoint, role);
    case 'resume':
      return resume(endpoint, role);
    case 'resume-publish':
      return resumePublish(endpoint, role);
    case 'fetch':
      return fetchPages(endpoint, role);
    case 'probe':
      return probe(endpoint, role);
    case 'append':
      return append(role);
  }
}

function takeMark(player: Player): Mark {
  const { user, system } = process.cpuUsage();
  const cpuUs = user + system + (player.cpuUs?.() ?? 0);
  const mark = { frames: player.frames(), atUs: nowUs(), cpuUs };
  return {
    ...mark,
    ...(player.done && { done: player.done() }),
    ...(player.latency && { latency: player.latency() }),
  };
}

async function obey(player: Player, command: Command): Promise<void> {
  switch (command.kind) {
    case 'go':
      player.go();
      break;
    case 'mark':
      answer({ kind: 'mark', mark: takeMark(player) });
      break;
    case 'stop':
      answer({ kind: 'stop', sent: await player.stop() });
      break;
    case 'check':
      await player.check(command.sent);
      answer({ kind: 'check' });
      break;
    case 'act':
      if (!player.act) throw new Error(`this role cannot ${command.act.kind}`);
      answer({ kind: 'act', result: await player.act(command.act) });
      break;
  }
}

async function main(): Promise<void> {
  const job = JSON.parse(process.argv[2] ?? '') as Job;
  const { port, dialect, role, sink } = job;
  const player = play({ port, dialect: dialects[dialect], sink }, role);
  process.on('message', (command) => {
    obey(player, command as Command).catch(fail);
  });
  await player.connected;
  answer({ kind: 'connected' });
  await player.ready;
  answer({ kind: 'ready' });
}

process.on('disconnect', () => process.exit(1));
process.on('SIGINT', () => {}); // Ctrl+C reaches the whole group; the orchestrator cleans up
process.on('uncaughtException', fail);
main().catch(fail);
