import type { Encoding } from '../protocol/encodings.js';

/** How a session's messages are written: see "The smallest client" and "Full sessions" in chat.proto. */
export interface Form {
  readonly encoding: Encoding;
  /** Whether it is told all that a message has, with its content as it was written. */
  readonly isFull: boolean;
}

/** Every form there is; equal forms are the same object, so bytes can be kept by form. */
export const forms: Readonly<Record<Encoding, { readonly bare: Form; readonly full: Form }>> = {
  stream: formsOf('stream'),
  binary: formsOf('binary'),
  json: formsOf('json'),
  text: formsOf('text'),
};

function formsOf(encoding: Encoding): { readonly bare: Form; readonly full: Form } {
  return { bare: { encoding, isFull: false }, full: { encoding, isFull: true } };
}
