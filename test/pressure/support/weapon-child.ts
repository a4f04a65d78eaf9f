// The program of `WeaponProcess`: connects a crowd, and does with it what it is told.
import { setPriority } from 'node:os';
import { armChurn } from '../weapons/churn.js';
import { armComers } from '../weapons/comers.js';
import { armFetchLoop } from '../weapons/fetch-loop.js';
import { armHttp } from '../weapons/http.js';
import { armOrdinary } from '../weapons/ordinary.js';
import { armRequests } from '../weapons/requests.js';
import { armRoomNames } from '../weapons/room-names.js';
import { armWebSockets } from '../weapons/websockets.js';
import type { Target } from './light-session.js';
import type { Job, Order, Weapon, WeaponSpec, Word } from './weapon.js';

/** The witness and the server are not to wait for a core that the crowd uses. */
const niceness = 10;

function arm(target: Target, spec: WeaponSpec): Promise<Weapon> {
  switch (spec.kind) {
    case 'requests':
      return armRequests(target, spec);
    case 'websockets':
      return armWebSockets(target, spec);
    case 'fetch-loop':
      return armFetchLoop(target, spec);
    case 'churn':
      return armChurn(target, spec);
    case 'room-names':
      return armRoomNames(target, spec);
    case 'comers':
      return armComers(target, spec);
    case 'http':
      return armHttp(target, spec);
    case 'ordinary':
      return armOrdinary(target, spec);
  }
}

function say(word: Word): void {
  process.send?.(word);
}

function fail(error: unknown): void {
  say({ kind: 'failed', reason: error instanceof Error ? error.stack! : String(error) });
}

async function obey(weapon: Weapon, order: Order): Promise<readonly number[]> {
  switch (order) {
    case 'strike':
      weapon.strike();
      break;
    case 'settle':
      await weapon.settle();
      break;
    case 'may end':
      weapon.mayEnd();
      break;
    case 'leave':
      weapon.leave();
      break;
    case 'times':
      return weapon.timesMs?.() ?? [];
  }
  return [];
}

process.on('disconnect', () => process.exit(1));
process.on('SIGINT', () => {}); // Ctrl+C reaches the whole group; the parent cleans up
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

const { port, httpPort, spec } = JSON.parse(process.argv[2]!) as Job;
const lost: string[] = [];
if (spec.kind !== 'ordinary') setPriority(niceness);
try {
  const target = { port, httpPort, lost: (reason: string) => void lost.push(reason) };
  const weapon = await arm(target, spec);
  process.on('message', (order) => {
    obey(weapon, order as Order).then((timesMs) => say({ kind: 'done', lost, timesMs }), fail);
  });
  say({ kind: 'done', lost, timesMs: [] });
} catch (error) {
  fail(error);
}
