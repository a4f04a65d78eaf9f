import type { KeptRoom } from './kept-values.js';

/**
 * The rooms to keep when several tabs do. `before` are the rooms that this tab was in when it
 * kept them last, `now` those that it is in: it adds what it has joined and removes what it has
 * left since, and moves no read position back.
 */
export function mergedRooms(
  kept: readonly KeptRoom[],
  before: ReadonlySet<string>,
  now: readonly KeptRoom[],
): readonly KeptRoom[] {
  const ours = new Map(now.map((one) => [one.room, one]));
  const known = new Set(kept.map(({ room }) => room));
  const stay = kept.filter(({ room }) => ours.has(room) || !before.has(room));
  // What is not kept although it was before, another tab has left.
  const joined = now.filter(({ room }) => !known.has(room) && !before.has(room));
  return [...stay.map((one) => furthest(one, ours.get(one.room))), ...joined];
}

function furthest(kept: KeptRoom, own: KeptRoom | undefined): KeptRoom {
  if (own?.read === undefined) return kept;
  const { read } = kept;
  return read?.epoch === own.read.epoch && read.seq > own.read.seq ? kept : own;
}
