/**
 * Text from somebody else, made safe to show on a terminal, on a page, and to keep in a file of
 * one line per message: characters that act on what is around them, or that are there without
 * being seen, are shown as escapes instead. Escaped are
 *
 * - C0, DEL and C1 (ECMA-48), which move the cursor and change colours, and lone surrogates;
 * - the line and paragraph separators, which forge lines;
 * - the bidirectional controls (UAX #9 section 2), which reverse the reading direction;
 * - whatever is not drawn at all (Default_Ignorable_Code_Point, and the annotation marks), unless
 *   it is where a language or an emoji needs it: see `needed`;
 * - marks beyond the fourth on one letter, which would be drawn over the lines around it, and
 *   marks that have no letter in this text, as they would change whatever is in front of it.
 */
export function printable(text: string): string {
  if (!suspicious.test(text)) return text;
  return text.replace(toLookAt, (character, isNeeded?: string) =>
    isNeeded === undefined ? escaped(character) : character,
  );
}

/** A stretch of text that is harmless as it is, or the escape of a character that is not. */
export interface PrintablePart {
  readonly text: string;
  readonly isEscape: boolean;
}

/** The text as `printable` shows it, with each escape on its own, so that it can be told from text. */
export function printableParts(text: string): PrintablePart[] {
  const parts: PrintablePart[] = [];
  let end = 0;
  for (const { 0: character, 1: isNeeded, index } of text.matchAll(toLookAt)) {
    if (isNeeded !== undefined) continue;
    if (index > end) parts.push({ text: text.slice(end, index), isEscape: false });
    parts.push({ text: escaped(character), isEscape: true });
    end = index + character.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), isEscape: false });
  return parts;
}

/** JSON text with the same characters escaped, the JSON way; the value it stands for is the same. */
export function printableJson(json: string): string {
  if (!suspicious.test(json)) return json;
  return json.replace(toLookAt, (character, isNeeded?: string) =>
    isNeeded === undefined ? character.replace(/[^]/g, escapedUnit) : character,
  );
}

/** Most text has none of these, and is not looked at any further. */
const suspicious = /[^ -~]/;

const acting = '\\p{Cc}\\p{Cs}\\u2028\\u2029';
const unseen = '\\p{Default_Ignorable_Code_Point}\\ufff9-\\ufffb';

/** Of the unseen ones, those that are escaped wherever they are. */
const neverNeeded = `(?![\\u200c\\u200d\\u180b-\\u180f]|\\p{Variation_Selector})[${unseen}]`;

/** Scripts in which letters are joined, or kept apart, by U+200C and U+200D. */
const joining = [
  ...['Arab', 'Syrc', 'Mong', 'Nkoo', 'Adlm', 'Deva', 'Beng', 'Guru', 'Gujr', 'Orya', 'Taml'],
  ...['Telu', 'Knda', 'Mlym', 'Sinh', 'Tibt', 'Mymr', 'Khmr', 'Java', 'Bali'],
]
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join('');

const picture = '\\p{Extended_Pictographic}';

/**
 * Where unseen characters are needed. Each but the first alternative is one character after one
 * that is seen, so that there are never more of them than of those.
 */
const needed = [
  // The three flags that are made of tags: England, Scotland, Wales. Other tags are not drawn.
  '(?<=\\u{1f3f4}(?=\\u{e0067}\\u{e0062}(?:\\u{e0065}\\u{e006e}\\u{e0067}|\\u{e0073}\\u{e0063}\\u{e0074}|\\u{e0077}\\u{e006c}\\u{e0073})\\u{e007f}))[\\u{e0061}-\\u{e007a}]{5}\\u{e007f}',
  `(?<=(?![${unseen}])[${joining}])[\\u200c\\u200d]`,
  `(?<=${picture}(?:\\ufe0f|\\p{Emoji_Modifier})?)\\u200d(?=${picture})`,
  // Drawn in colours or as text, and the keys of a telephone.
  `(?<=${picture})[\\ufe0e\\ufe0f]`,
  '(?<=[0-9#*])\\ufe0f(?=\\u20e3)',
  // Another form of the same ideograph or sign.
  '(?<=[\\p{Script=Han}\\p{Script=Myanmar}\\p{Script=Phags_Pa}\\p{Sm}])[\\ufe00-\\ufe0d\\u{e0100}-\\u{e01ef}]',
  '(?<=(?=\\p{L})\\p{Script=Mongolian})[\\u180b-\\u180f]',
].join('|');

/**
 * So many marks may be on one letter: as many as pointed Hebrew or Tibetan have at times. What is
 * drawn of four stays near its line. Marks that take a place of their own do not count.
 */
const marksMax = 4;
const tooManyMarks = `[\\p{Mn}\\p{Me}](?<=(?:[\\p{Mn}\\p{Me}]\\p{Mc}*){${marksMax + 1}})`;
const marksOfNothing = `\\p{M}(?<=(?:^|[${acting}]|${neverNeeded})\\p{M}{1,${marksMax}})`;

/** What is needed, as a group, or what has to be escaped. Most characters are neither. */
const toLookAt = new RegExp(
  `(?=[${acting}${unseen}\\p{M}])` +
    `(?:(${needed})|[${acting}${unseen}]|${tooManyMarks}|${marksOfNothing})`,
  'gu',
);

const named = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** `\u200b`, and `\u{e0041}` for what is beyond four digits. */
function escaped(character: string): string {
  const name = named.get(character);
  if (name !== undefined) return name;
  return character.length === 1
    ? escapedUnit(character)
    : `\\u{${character.codePointAt(0)!.toString(16)}}`;
}

function escapedUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
