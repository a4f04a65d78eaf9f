import { isGuestName } from '../../protocol/names.js';
import type { PresenceChange } from '../../client/events.js';

/** Who is in a room. */
export interface People {
  /** In the order of the alphabet; undefined when there are too many to be named. */
  readonly names: readonly string[] | undefined;
  readonly count: number;
}

/** Nobody, as far as is known. */
export const nobody: People = { names: [], count: 0 };

/** Who is there after a change. */
export function withChange(people: People, change: PresenceChange): People {
  const { joined, left, count, snapshot } = change;
  const before = snapshot ? [] : people.names;
  if (before === undefined || (snapshot && joined.length === 0 && count > 0)) {
    return { names: undefined, count };
  }
  const names = new Set(before);
  for (const name of left) names.delete(name);
  for (const name of joined) names.add(name);
  return { names: [...names].toSorted(compareNames), count };
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Guests come last. */
function compareNames(one: string, other: string): number {
  const byGuest = Number(isGuestName(one)) - Number(isGuestName(other));
  return byGuest || collator.compare(one, other);
}
