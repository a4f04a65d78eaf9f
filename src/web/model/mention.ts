import { nameKey } from '../../protocol/names.js';

/**
 * Whether a text speaks of somebody: the name as a word of its own, with or without an
 * @ in front, in whatever case. `alice.b` does not speak of `alice`, but `alice.` does.
 */
export function mentions(content: string, name: string): boolean {
  if (name === '') return false;
  const escaped = nameKey(name).replace(/[.]/g, '\\.');
  const word = new RegExp(`${notInWordBefore}${escaped}${notInWordAfter}`, 'u');
  return word.test(nameKey(content));
}

const notInWordBefore = '(?<![\\p{L}\\p{M}\\p{Nd}_]|[\\p{L}\\p{Nd}_][.-])';
const notInWordAfter = '(?![\\p{L}\\p{M}\\p{Nd}_]|[.-][\\p{L}\\p{Nd}_])';
