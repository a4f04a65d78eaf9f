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
