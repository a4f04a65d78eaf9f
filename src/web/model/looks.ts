import { nameKey } from '../../protocol/names.js';

const tones = 8;

/** One of the colours of names, the same for a name everywhere. */
export function toneOf(name: string): number {
  let hash = 0;
  for (const character of nameKey(name)) hash = (hash * 31 + character.codePointAt(0)!) >>> 0;
  return hash % tones;
}

/** What stands for a name in a small circle. */
export function initialOf(name: string): string {
  return (Array.from(name)[0] ?? '?').toUpperCase();
}
