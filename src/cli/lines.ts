import type { Readable } from 'node:stream';

/**
 * The lines of a text, without their ends (LF or CR LF); the last one needs none. Of a
 * line with more than `charsMax` characters only so many are kept: enough to see that
 * it is too long, and no more memory for it.
 *
 * Not readline, which takes a lone CR for an end as well, and an error for the end of
 * the text.
 */
export async function* linesOf(input: Readable, charsMax: number): AsyncGenerator<string> {
  let line = '';
  for await (const chunk of input.setEncoding('utf8') as AsyncIterable<string>) {
    const parts = chunk.split('\n');
    for (const [index, part] of parts.entries()) {
      if (line.length <= charsMax) line += part;
      if (index === parts.length - 1) break;
      yield withoutReturn(line);
      line = '';
    }
  }
  if (line !== '') yield withoutReturn(line);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
