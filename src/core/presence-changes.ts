import type { Member } from '../protocol/messages.js';
import type { Subscriber } from './subscriber.js';

/** Who came (1) or went (-1). */
export interface Change {
  readonly name: string;
  readonly sign: 1 | -1;
}

/** What changes come to in the end. */
export interface NetChange {
  readonly joined: Member[];
  readonly left: Member[];
}

/** Adds changes up, by name; `members` are those who are there after them. */
export function netChange(
  changes: readonly Change[],
  members: Iterable<Pick<Subscriber, 'name'>>,
): NetChange {
  const sums = new Map<string, number>();
  for (const { name, sign } of changes) sums.set(name, (sums.get(name) ?? 0) + sign);
  // A name may still be there, with the connection that has taken an older one's place.
  const present = new Set(Array.from(members, ({ name }) => name));
  return {
    joined: membersWith(sums, 1),
    left: membersWith(sums, -1).filter(({ name }) => !present.has(name)),
  };
}

function membersWith(sums: ReadonlyMap<string, number>, sign: number): Member[] {
  const names = Array.from(sums).filter(([, sum]) => Math.sign(sum) === sign);
  return names.map(([name]) => ({ name }));
}
