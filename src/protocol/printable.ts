/**
 * Text from somebody else, made safe to show on a terminal and to keep in a file
 * of one line per message: whatever could move the cursor, change colours, forge a
 * line or reverse the reading direction is shown as an escape instead of acting.
 *
 * That is C0, DEL and C1 (ECMA-48), the line and paragraph separators, and the
 * bidirectional controls of Unicode (UAX #9 section 2), as well as lone surrogates.
 */
export function printable(text: string): string {
  return text.replace(unsafe, (character) => named.get(character) ?? escaped(character));
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
  for (const { 0: character, index } of text.matchAll(unsafe)) {
    if (index > end) parts.push({ text: text.slice(end, index), isEscape: false });
    parts.push({ text: named.get(character) ?? escaped(character), isEscape: true });
    end = index + character.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), isEscape: false });
  return parts;
}

/** JSON text with the same characters escaped, the JSON way; the value it stands for is the same. */
export function printableJson(json: string): string {
  return json.replace(unsafe, escaped);
}

const unsafe = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

const named = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
