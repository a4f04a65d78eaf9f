import { nameKey } from '../../protocol/names.js';

const tones = 8;

/** One of the colours of names, the same for a name everywhere. */
export function toneOf(name: string): number {
  // FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv), whose high bits are the mixed ones.
  let hash = 0x811c9dc5;
  for (const character of nameKey(name)) {
    hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  }
  return ((hash >>> 16) ^ (hash >>> 24)) % tones;
}

/** What stands for a name in a small circle. */
export function initialOf(name: string): string {
  return (Array.from(name)[0] ?? '?').toUpperCase();
}
