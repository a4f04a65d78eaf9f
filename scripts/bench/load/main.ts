// A load process: plays one role against one server, as the orchestrator commands.
// Whatever goes wrong is reported and ends the process; so does the orchestrator's end.
import { dialects } from '../dialects.js';
import type { Endpoint } from './connection.js';
import { nowUs } from './content.js';
import { echo } from './echo.js';
import { idle } from './idle.js';
import { publish } from './publish.js';
import { receive } from './receive.js';
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
  }
}

function takeMark(player: Player): Mark {
  const { user, system } = process.cpuUsage();
  const mark = { frames: player.frames(), atUs: nowUs(), cpuUs: user + system };
  return player.latency ? { ...mark, latency: player.latency() } : mark;
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
  }
}

async function main(): Promise<void> {
  const job = JSON.parse(process.argv[2] ?? '') as Job;
  const player = play({ port: job.port, dialect: dialects[job.dialect] }, job.role);
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
