import { printableParts } from '../../protocol/printable.js';

/** What a message is drawn with. */
export type MessagePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly url: string }
  /** A character that would act on the text around it, as an escape. */
  | { readonly kind: 'escape'; readonly text: string };

/**
 * Takes a message's text apart: links that can be followed, characters that are not to
 * act, and text, in which only line ends and tabs do what they do.
 */
export function messageParts(content: string): MessagePart[] {
  const parts: MessagePart[] = [];
  const text = content.replace(/\r\n?|[\u2028\u2029]/g, '\n');
  let end = 0;
  for (const match of text.matchAll(linkLike)) {
    const link = withoutPunctuation(asFarAsItIsSeen(match[0]));
    if (!isLink(link)) continue;
    parts.push(...textParts(text.slice(end, match.index)));
    parts.push({ kind: 'link', text: link, url: new URL(link).href });
    end = match.index + link.length;
  }
  parts.push(...textParts(text.slice(end)));
  return parts;
}

// Control characters end a link: what is shown of it is all of it.
const linkLike = /(?<![\p{L}\p{Nd}])https?:\/\/[^\s\p{C}<>"\u2066-\u2069\u200e\u200f]+/giu;

/** Up to the first character that would be an escape: it leads to what is shown. */
function asFarAsItIsSeen(link: string): string {
  const first = printableParts(link)[0];
  return first === undefined || first.isEscape ? '' : first.text;
}

/** Without what belongs to the sentence around it: a full stop, or a bracket that was opened before. */
function withoutPunctuation(link: string): string {
  let end = link.length;
  for (; end > 0; end -= 1) {
    const last = link[end - 1]!;
    if (/[.,;:!?'*_~]/.test(last)) continue;
    if (last !== ')' && last !== ']') break;
    const inside = link.slice(0, end);
    const opening = last === ')' ? '(' : '[';
    if (inside.split(opening).length >= inside.split(last).length) break;
  }
  return link.slice(0, end);
}

/** Whether it leads where it seems to: a name in front of the host looks like the host. */
function isLink(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

function textParts(text: string): MessagePart[] {
  const parts: MessagePart[] = [];
  for (const line of text.split(/([\n\t])/)) {
    const isKept = line === '\n' || line === '\t';
    const pieces = isKept ? [{ text: line, isEscape: false }] : printableParts(line);
    for (const piece of pieces) {
      const last = parts.at(-1);
      if (piece.isEscape) parts.push({ kind: 'escape', text: piece.text });
      else if (last?.kind !== 'text') parts.push({ kind: 'text', text: piece.text });
      else parts[parts.length - 1] = { kind: 'text', text: last.text + piece.text };
    }
  }
  return parts;
}
