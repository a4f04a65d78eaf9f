import { isIP } from 'node:net';
import { canonical } from '../core/addresses.js';
import type { Peer } from './peers.js';

/** What a header of the PROXY protocol says. */
export interface ProxyHeader {
  /** How many bytes it has. */
  readonly bytes: number;
  /** The client; undefined when the proxy speaks for itself, to see whether the server is well. */
  readonly peer: Peer | undefined;
}

/** The longest line of version 1, its end included. */
const lineBytesMax = 107;

/** Version 2: what there is before its length is known. */
const fixedBytes = 16;
/** As much as makes sense: addresses and a few extras. */
const version2BytesMax = 4096;

/**
 * Reads a header of version 1, a line such as `PROXY TCP4 192.0.2.7 198.51.100.1 56324 4444`
 * (https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt, section 2.1). Undefined while it
 * has not arrived whole. Throws `Error` for what is no such line.
 */
export function readProxy1(bytes: Uint8Array): ProxyHeader | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = text.subarray(0, lineBytesMax).indexOf('\r\n');
  if (end === -1) {
    if (bytes.length < lineBytesMax) return undefined;
    throw new Error('the PROXY line has no end');
  }
  const line = text.toString('latin1', 0, end);
  const [, family, source = '', , sourcePort = ''] = line.split(' ');
  if (family === 'UNKNOWN') return { bytes: end + 2, peer: undefined };
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : 0;
  if (version === 0 || isIP(source) !== version || !isPort(sourcePort)) {
    throw new Error('the PROXY line is not valid');
  }
  return { bytes: end + 2, peer: { address: canonical(source), port: Number(sourcePort) } };
}

/** The same for version 2, which is binary (section 2.2). */
export function readProxy2(bytes: Uint8Array): ProxyHeader | undefined {
  if (bytes.length < fixedBytes) return undefined;
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const [versionAndCommand, family] = [header[12]!, header[13]!];
  const length = fixedBytes + header.readUInt16BE(14);
  if (versionAndCommand >>> 4 !== 2 || length > version2BytesMax) {
    throw new Error('the PROXY header is not valid');
  }
  if (header.length < length) return undefined;
  const command = versionAndCommand & 0xf;
  if (command > 1) throw new Error('the PROXY header has an unknown command');
  // LOCAL: the proxy itself, whatever else is in the header. So is what is neither TCP over
  // IPv4 nor over IPv6.
  const addressBytes = family === 0x11 ? 4 : family === 0x21 ? 16 : 0;
  if (command === 0 || addressBytes === 0) return { bytes: length, peer: undefined };
  if (length < fixedBytes + 2 * addressBytes + 4) {
    throw new Error('the PROXY header has no room for its addresses');
  }
  const source = header.subarray(fixedBytes, fixedBytes + addressBytes);
  const port = header.readUInt16BE(fixedBytes + 2 * addressBytes);
  return { bytes: length, peer: { address: textOf(source), port } };
}

function isPort(text: string): boolean {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65535;
}

function textOf(address: Buffer): string {
  if (address.length === 4) return address.join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    address.readUInt16BE(2 * index).toString(16),
  );
  return canonical(groups.join(':'));
}
