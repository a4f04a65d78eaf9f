/** Another protocol than ours, as the first bytes of a connection show it. */
export type ForeignProtocol = 'HTTP' | 'SSH' | 'TLS';

/** How many bytes it takes to tell. */
export const tellingBytes = 2;

/**
 * Which other protocol begins with these bytes, at least two of them; undefined for
 * ours.
 *
 * HTTP begins with the capitals of a method, SSH with `SSH-`, TLS with a handshake
 * record (RFC 8446 section 5.1). Read as a length and a field's tag, each has a field
 * number that chat.proto keeps free, or none at all: no stream of frames begins so.
 */
export function foreignProtocol(bytes: Uint8Array): ForeignProtocol | undefined {
  const [first = 0, second = 0] = bytes;
  if (first === 0x16 && second === 0x03) return 'TLS';
  if (!isCapital(first) || !isCapital(second)) return undefined;
  return first === letterS && second === letterS ? 'SSH' : 'HTTP';
}

/** One line that a person can read in the programs that speak that protocol. */
export function answerTo(protocol: ForeignProtocol): Uint8Array {
  return new TextEncoder().encode(answers[protocol]);
}

const explanation = 'this port speaks tcp-chat: length-prefixed protobuf over plain TCP';

const answers = {
  HTTP:
    `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n` +
    `Content-Length: ${explanation.length + 1}\r\n\r\n${explanation}\n`,
  SSH: `${explanation}\r\n`,
  TLS: `${explanation}\n`,
} as const;

const letterS = 0x53;

function isCapital(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}
