import type { Member, Renaming } from '../protocol/messages.js';
import type { Subscriber } from './subscriber.js';

/** Who came (1) or went (-1). */
export interface Change {
  readonly name: string;
  readonly sign: 1 | -1;
  /** What somebody who came was called until now, and is no more. */
  readonly before?: string;
}

/** What changes come to in the end. */
export interface NetChange {
  readonly joined: Member[];
  readonly left: Member[];
  /** Those of whom `left` has the earlier name and `joined` the new one. */
  readonly renamed: Renaming[];
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
  const joined = membersWith(sums, 1);
  const left = membersWith(sums, -1).filter(({ name }) => !present.has(name));
  return { joined, left, renamed: renamingsAmong(changes, joined, left) };
}

/** In whatever steps somebody came from the one name to the other. */
function renamingsAmong(
  changes: readonly Change[],
  joined: readonly Member[],
  left: readonly Member[],
): Renaming[] {
  const next = new Map<string, string>();
  for (const { before, name } of changes) if (before !== undefined) next.set(before, name);
  if (next.size === 0) return [];
  const newNames = new Set(joined.map(({ name }) => name));
  return left.flatMap(({ name: before }) => {
    let name = next.get(before);
    // Names may have gone round in a circle.
    for (let steps = 0; name !== undefined && !newNames.has(name); steps += 1) {
      name = steps < changes.length ? next.get(name) : undefined;
    }
    return name === undefined ? [] : [{ before, name }];
  });
}

function membersWith(sums: ReadonlyMap<string, number>, sign: number): Member[] {
  const names = Array.from(sums).filter(([, sum]) => Math.sign(sum) === sign);
  return names.map(([name]) => ({ name }));
}
