/** What the first bytes of a connection say. */
export type Verdict =
  | { readonly kind: 'ours' }
  | { readonly kind: 'undecided' }
  | {
      readonly kind: 'foreign';
      readonly protocol: string;
      /** One line that a person can read in that protocol's programs. */
      readonly answer: Uint8Array;
    };

/**
 * The beginnings of other protocols. None can begin a stream of frames: read as a
 * length and a field's tag, each has a field number that chat.proto keeps free, or
 * an impossible wire type.
 */
const beginnings: ReadonlyArray<readonly [string, 'HTTP' | 'TLS' | 'SSH']> = [
  ...['GET ', 'POST ', 'HEAD ', 'PUT ', 'DELETE ', 'OPTIONS ', 'PATCH ', 'CONNECT ', 'TRACE '].map(
    (method) => [method, 'HTTP'] as const,
  ),
  ['PRI * HTTP/2', 'HTTP'],
  ['SSH-', 'SSH'],
  // A handshake record (RFC 8446 section 5.1), of any version.
  ['\x16\x03', 'TLS'],
];

const explanation = 'this port speaks tcp-chat: length-prefixed protobuf over plain TCP';

const answers = {
  HTTP:
    `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n` +
    `Content-Length: ${explanation.length + 1}\r\n\r\n${explanation}\n`,
  TLS: `${explanation}\n`,
  SSH: `${explanation}\r\n`,
};

const bytesMax = Math.max(...beginnings.map(([beginning]) => beginning.length));

/** Looks at the first bytes of a connection, in whatever pieces they come, until they are clear. */
export class ForeignProtocolDetector {
  #seen = '';

  /** Takes the next bytes; not to be asked again after a verdict other than `undecided`. */
  look(chunk: Uint8Array): Verdict {
    for (const byte of chunk.subarray(0, bytesMax - this.#seen.length)) {
      this.#seen += String.fromCharCode(byte);
    }
    let isPossible = false;
    for (const [beginning, protocol] of beginnings) {
      if (this.#seen.startsWith(beginning)) {
        return {
          kind: 'foreign',
          protocol,
          answer: new TextEncoder().encode(answers[protocol]),
        };
      }
      isPossible ||= beginning.startsWith(this.#seen);
    }
    return { kind: isPossible ? 'undecided' : 'ours' };
  }
}
