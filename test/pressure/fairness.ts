import { percentile } from './run.js';
import { Stage } from './support/stage.js';
import type { WeaponSpec } from './support/weapon.js';
import type { RequestName } from './weapons/request-kinds.js';
import type { RequestsSpec } from './weapons/requests.js';

/** How long ordinary people waited for acks, without a weapon and with it: the 99th percentiles. */
export interface Fairness {
  readonly name: string;
  readonly withoutMs: number;
  readonly withMs: number;
}

/** How much longer they may wait. */
export const ratioMax = 2;

const ordinarySessions = 100;

/** How long each half of a round is measured, in messages of the witness, ten a second. */
const messages = 25;
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
  const measured = async (): Promise<readonly number[]> => {
    await people.strike();
    await stage.witness.publish(messages, patienceMs);
    await people.settle();
    return await people.timesMs();
  };
  await measured(); // everything is compiled by then
  for (const [name, spec] of weapons.filter(([one]) => one.includes(only))) {
    const without: number[] = [];
    const withWeapon: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      without.push(...(await measured()));
      const greedy = await stage.arm(spec);
      await greedy.strike();
      withWeapon.push(...(await measured()));
      await greedy.leave();
      await greedy[Symbol.asyncDispose]();
    }
    const p99 = (times: number[]): number =>
      percentile(
        times.toSorted((a, b) => a - b),
        0.99,
      );
    yield { name, withoutMs: p99(without), withMs: p99(withWeapon) };
  }
  await setting.leave();
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
