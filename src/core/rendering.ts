import type { Encoding } from '../protocol/encodings.js';

/** How a session's messages are written: see "The smallest client" and "Full sessions" in chat.proto. */
export interface Rendering {
  readonly encoding: Encoding;
  /** Whether it is told all that a message has, with its content as it was written. */
  readonly isFull: boolean;
}

/** Every rendering there is; equal ones are the same object, so bytes can be kept by rendering. */
export const renderings: Readonly<
  Record<Encoding, { readonly bare: Rendering; readonly full: Rendering }>
> = {
  stream: renderingsOf('stream'),
  binary: renderingsOf('binary'),
  json: renderingsOf('json'),
  text: renderingsOf('text'),
};

function renderingsOf(encoding: Encoding): { readonly bare: Rendering; readonly full: Rendering } {
  return { bare: { encoding, isFull: false }, full: { encoding, isFull: true } };
}
