/**
 * Whether names look alike, by the rules of Unicode for that (UTS #39). The table behind it is
 * of no use to clients, so that it stays in the core, and out of what browsers load.
 */

import unhomoglyph from 'unhomoglyph';
import { guestPrefix } from '../protocol/limits.js';
import { nameKey } from '../protocol/names.js';

/**
 * Two names that have one of these keys in common are the same name: they differ in case, or
 * look alike, or both. There are one or two of them.
 *
 * Case and looks have to be asked in both orders. Cyrillic `ВОВ` looks like `BOB`, but its small
 * letters `вов` do not look like `bob`; and capital `I` looks like a small `l`, as in `alIce`,
 * though its own small letter does not.
 */
export function lookAlikeKeys(name: string): readonly string[] {
  const asSmallLetters = skeleton(nameKey(name));
  const asItStands = nameKey(skeleton(name.normalize('NFKC')));
  return asSmallLetters === asItStands ? [asItStands] : [asItStands, asSmallLetters];
}

/** Whether a name could be taken for one that the server gives, like `guest-1`. */
export function looksLikeGuest(name: string): boolean {
  return lookAlikeKeys(name).some((key) => key.replace(strokes, '-').startsWith(guestPrefix));
}

/**
 * Whether letters of several scripts are in a name that are not usually written together: all
 * that the level "highly restrictive" does not allow (UTS #39 section 5.2). Scripts that are not
 * in everyday use count as one script.
 */
export function mixesScripts(name: string): boolean {
  return !together.some((pattern) => pattern.test(name));
}

/** The form that all names share which look the same (UTS #39 section 4). */
function skeleton(text: string): string {
  return unhomoglyph(text.normalize('NFD')).normalize('NFD');
}

/** The skeleton of the long dashes of Chinese, Japanese and Korean: almost a hyphen. */
const strokes = /\u30fc/gu;

/** The scripts in everyday use: UAX #31 table 5. */
const everyday = [
  ...['Arab', 'Armn', 'Beng', 'Bopo', 'Cyrl', 'Deva', 'Ethi', 'Geor', 'Grek', 'Gujr', 'Guru'],
  ...['Hang', 'Hani', 'Hebr', 'Hira', 'Kana', 'Khmr', 'Knda', 'Laoo', 'Latn', 'Mlym', 'Mymr'],
  ...['Orya', 'Sinh', 'Taml', 'Telu', 'Thaa', 'Thai', 'Tibt'],
] as const;

/** What is written with Latin letters in between: Japanese, Chinese with Bopomofo, Korean. */
const eastAsian = [
  ['Latn', 'Hani', 'Hira', 'Kana'],
  ['Latn', 'Hani', 'Bopo'],
  ['Latn', 'Hani', 'Hang'],
] as const;

/** A name of which one of these matches is of one script, or of such that go together. */
const together: readonly RegExp[] = [
  ...everyday.map((script) => new RegExp(`^[${classOf([script, 'Zyyy', 'Zinh'])}]*$`, 'u')),
  ...eastAsian.map((scripts) => new RegExp(`^[${classOf([...scripts, 'Zyyy', 'Zinh'])}]*$`, 'u')),
  new RegExp(`^[^${classOf(everyday)}]*$`, 'u'),
];

/** Characters of these scripts, for a pattern: Zyyy is what all share, Zinh the marks on anything. */
function classOf(scripts: readonly string[]): string {
  return scripts.map((script) => `\\p{Script_Extensions=${script}}`).join('');
}
