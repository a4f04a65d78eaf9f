import { percentile } from './run.js';
import { Stage } from './support/stage.js';
import type { WeaponSpec } from './support/weapon.js';
import type { RequestName } from './weapons/request-kinds.js';
import type { RequestsSpec } from './weapons/requests.js';

/**
 * How long ordinary people waited for acks, without a weapon and with it: of each round the
 * 99th percentile, and of those the median, so that a slow minute of the machine is left out.
 */
export interface Fairness {
  readonly name: string;
  readonly withoutMs: number;
  readonly withMs: number;
}

/** How much longer they may wait. */
export const ratioMax = 2;

const ordinarySessions = 100;

/** How long each half of a round is measured, in messages of the witness, ten a second. */
const messagesBefore = 3;
const messages = 22;
const patienceMs = 20_000;

const history = { messages: 120, bytes: 4000 };

/** What one greedy session can do. Each lasts for the time that is measured. */
const weapons: ReadonlyArray<readonly [name: string, spec: WeaponSpec]> = [
  ['fetch, unread', asking('fetch', 6666)],
  ['fetch, read', asking('fetch', 6666, 'all')],
  ['members, unread', asking('members', 15_000)],
  ['members, read', asking('members', 15_000, 'all')],
  ['join with presence, unread', asking('join with presence', 5000)],
  ['large echoes, unread', asking('large echo', 2000)],
  ['large echoes, read', asking('large echo', 2000, 'all')],
  ['small broadcasts', asking('small broadcast', 10_000, 'all')],
  ['tiny WebSocket messages', tiny('binary')],
  ['WebSocket pings', tiny('ping')],
  ['pings', asking('ping', 10_000, 'all')],
];

/**
 * On one server: a round without the weapon, one with it, and so on. Each of the ordinary
 * people sends a message every 200 ms, to a room of ten.
 */
export async function* measureFairness(rounds: number, only: string): AsyncGenerator<Fairness> {
  await using stage = await Stage.start();
  // So that there is something to fetch, and somebody to list.
  const setting = await stage.arm({
    ...asking('fetch', 0),
    sessions: 0,
    people: 100,
    history,
  });
  const people = await stage.arm({ kind: 'ordinary', sessions: ordinarySessions });
  /** The 99th percentile of one round. */
  const measured = async (strike: () => Promise<void>): Promise<number> => {
    await people.strike();
    // People are in the middle of it when the weapon is used.
    await stage.witness.publish(messagesBefore, patienceMs);
    await strike();
    await stage.witness.publish(messages, patienceMs);
    await people.settle();
    const timesMs = await people.timesMs();
    return percentile(ascending(timesMs), 0.99);
  };
  await measured(async () => {}); // everything is compiled by then
  for (const [name, spec] of weapons.filter(([one]) => one.includes(only))) {
    const without: number[] = [];
    const withWeapon: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      without.push(await measured(async () => {}));
      const greedy = await stage.arm(spec);
      withWeapon.push(await measured(async () => greedy.strike()));
      await greedy.leave();
      await greedy[Symbol.asyncDispose]();
    }
    yield {
      name,
      withoutMs: percentile(ascending(without), 0.5),
      withMs: percentile(ascending(withWeapon), 0.5),
    };
  }
  await setting.leave();
}

function ascending(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

function asking(
  request: RequestName,
  perSession: number,
  reading: 'all' | 'nothing' = 'nothing',
): RequestsSpec {
  return { kind: 'requests', request, sessions: 1, perSession, reading };
}

function tiny(say: 'binary' | 'ping'): WeaponSpec {
  return { kind: 'websockets', say, connections: 1, perConnection: 30_000, isReading: true };
}
