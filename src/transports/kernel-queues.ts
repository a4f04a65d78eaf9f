import { open } from 'node:fs/promises';
import { isIPv4 } from 'node:net';

/**
 * Where Linux tells of each TCP socket how many bytes its peer has not acknowledged yet
 * (proc_pid_net(5), `tx_queue`). It is the only place where a program in JavaScript can
 * see a peer take a little: the socket itself tells of room only when a third of its
 * send buffer is free, which on loopback is 1.4 MB, while this number follows each
 * opening of the peer's window, which there is some 100 KB, or 400 KB for a peer that
 * has read fast before. Probes of a closed window leave it as it is.
 *
 * The tables have a row for every socket of the machine, so they are read in the
 * background, a page at a time, and no further than necessary. Of 1,000 rows that takes
 * 4 ms, of which 1 ms is ours and the rest is the kernel's, on another thread.
 */
const tables = [
  { name: 'tcp', row: ':0000 00000000:0000' },
  { name: 'tcp6', row: ':0000 00000000000000000000000000000000:0000' },
] as const;

/** The kernel gives a page at most. */
const pieceBytes = 4096;

/**
 * How the tables name a connection: by its local port and the peer's address and port.
 * One of the listening address `::` has its row in tcp6 also when the peer's is IPv4,
 * which is then written `::ffff:192.0.2.1`, by Node too.
 */
export function rowOf(localPort: number, address: string, port: number): string {
  // Words of 32 bits in the order of the machine, as the kernel prints them.
  const words = new Uint32Array(addressBytes(address).buffer);
  const host = Array.from(words, (word) => hex(word, 8)).join('');
  return `:${hex(localPort, 4)} ${host}:${hex(port, 4)}`;
}

/**
 * How many bytes wait in the kernel, by row, for those of the rows that it has. On other
 * systems than Linux, or where the tables cannot be read, it finds none.
 */
export async function kernelQueues(
  rows: Iterable<string>,
  folder = '/proc/net',
): Promise<ReadonlyMap<string, number>> {
  const all = [...rows];
  const found = new Map<string, number>();
  for (const { name, row: form } of tables) {
    const wanted = new Set(all.filter((row) => row.length === form.length));
    try {
      await search(`${folder}/${name}`, wanted, found);
    } catch {
      // Those that are not found are treated as on a system without the tables.
    }
  }
  return found;
}

async function search(
  path: string,
  wanted: Set<string>,
  found: Map<string, number>,
): Promise<void> {
  if (wanted.size === 0) return;
  const file = await open(path);
  try {
    const piece = Buffer.allocUnsafe(pieceBytes);
    let text = '';
    while (wanted.size > 0) {
      const { bytesRead } = await file.read(piece, 0, pieceBytes, null);
      if (bytesRead === 0) return;
      text += piece.toString('latin1', 0, bytesRead);
      const end = text.lastIndexOf('\n') + 1;
      for (const [, row = '', bytes = ''] of text.slice(0, end).matchAll(line)) {
        if (wanted.delete(row)) found.set(row, Number.parseInt(bytes, 16));
      }
      text = text.slice(end);
    }
  } finally {
    await file.close();
  }
}

/** Number and local address, the row as above, state and `tx_queue`; more follows. */
const line = /: [\dA-F]+(:[\dA-F]{4} [\dA-F]+:[\dA-F]{4}) [\dA-F]{2} ([\dA-F]{8}):/g;

/** In network order. An IPv6 address is as inet_ntop(3) writes it, with a zone perhaps. */
function addressBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(groupBytes(address));
  const [groups = ''] = address.split('%');
  const [head = '', tail = ''] = groups.split('::');
  const bytes = new Uint8Array(16);
  const last = tail.split(':').flatMap(groupBytes);
  bytes.set(head.split(':').flatMap(groupBytes));
  bytes.set(last, bytes.length - last.length);
  return bytes;
}

function groupBytes(group: string): number[] {
  if (group === '') return [];
  if (group.includes('.')) return group.split('.').map(Number);
  const word = Number.parseInt(group, 16);
  return [word >> 8, word & 0xff];
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
