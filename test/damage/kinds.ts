import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import type { Random } from '../support/random.js';

/** What happens to a file; `other` is the same file of another server. */
export type Damage = (path: string, random: Random, other: string) => void;

const pageBytes = 4096;

/** Every kind of damage. Bytes are changed where they are: who has the file open sees it. */
export const kinds: Readonly<Record<string, Damage>> = {
  'a bit': (path, random) => {
    change(path, (size) => {
      const at = random.integer(0, size - 1);
      const bit = 1 << random.integer(0, 7);
      return [at, 1, (bytes) => (bytes[0]! ^= bit)];
    });
  },
  'a bit of a text': (path, random) => {
    change(path, (size) => [
      0,
      size,
      (bytes) => {
        const from = bytes.indexOf('xxxxxxxx', random.integer(0, size - 1));
        const at = from === -1 ? bytes.lastIndexOf('xxxxxxxx') : from;
        if (at !== -1) bytes[at]! ^= 1 << random.integer(0, 7);
      },
    ]);
  },
  'a page': (path, random) => {
    change(path, (size) => {
      const at = random.integer(0, Math.max(0, Math.ceil(size / pageBytes) - 1)) * pageBytes;
      return [at, Math.min(pageBytes, size - at), (bytes) => fill(bytes, random)];
    });
  },
  'a page of zeros': (path, random) => {
    change(path, (size) => {
      const at = random.integer(0, Math.max(0, Math.ceil(size / pageBytes) - 1)) * pageBytes;
      return [at, Math.min(pageBytes, size - at), (bytes) => bytes.fill(0)];
    });
  },
  'the second half': (path, random) => {
    change(path, (size) => [size >>> 1, size - (size >>> 1), (bytes) => fill(bytes, random)]);
  },
  'the header': (path, random) => {
    change(path, (size) => [0, Math.min(100, size), (bytes) => fill(bytes, random)]);
  },
  removed: (path) => rmSync(path, { force: true }),
  replaced: (path, _random, other) => {
    const temporary = `${path}.replacement`;
    copyFileSync(existsSync(other) ? other : '/dev/null', temporary);
    renameSync(temporary, path);
  },
  truncated: (path) => {
    if (existsSync(path)) change(path, (size) => [0, 0, () => truncateSync(path, size >>> 1)]);
  },
  emptied: (path) => truncateSync(path, 0),
  'made read-only': (path) => {
    chmodSync(path, 0o400);
    // For root, who may write to it all the same.
    spawnSync('chattr', ['+i', path]);
  },
};

/** Lets a folder be removed again. */
export function undoReadOnly(paths: readonly string[]): void {
  spawnSync('chattr', ['-i', ...paths]);
}

type Change = (size: number) => [start: number, length: number, change: (bytes: Buffer) => unknown];

function change(path: string, what: Change): void {
  const file = openSync(path, 'r+');
  try {
    const { size } = fstatSync(file);
    if (size === 0) return;
    const [start, length, harm] = what(size);
    const bytes = Buffer.alloc(length);
    readSync(file, bytes, 0, length, start);
    harm(bytes);
    writeSync(file, bytes, 0, length, start);
  } finally {
    closeSync(file);
  }
}

function fill(bytes: Buffer, random: Random): void {
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = random.integer(0, 255);
}
