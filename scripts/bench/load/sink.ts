// Connections that only count, in the hands of a program in C: see sink.c.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuUs } from '../procfs.js';
import type { Connection } from './connection.js';

const counterBytes = 8;

export interface Sink {
  /** One for each connection. */
  readonly counters: readonly { readonly frames: number }[];
  /** CPU time that it has used so far, in microseconds. */
  readonly cpuUs: number;
}

/** Counts the bytes of one connection where the program has written them. */
class SunkBytes {
  readonly #file: number;
  readonly #at: number;
  readonly #frameBytes: number;

  constructor(file: number, index: number, frameBytes: number) {
    this.#file = file;
    this.#at = index * counterBytes;
    this.#frameBytes = frameBytes;
  }

  get frames(): number {
    const bytes = Buffer.alloc(counterBytes);
    readSync(this.#file, bytes, 0, counterBytes, this.#at);
    return Number(bytes.readBigUInt64LE()) / this.#frameBytes;
  }
}

/** Hands over connections that are ready and get nothing yet; resolves when that is done. */
export async function sink(
  program: string,
  connections: readonly Connection[],
  frameBytes: number,
): Promise<Sink> {
  const file = openUnnamed();
  const sockets = connections.map(({ socket }) => socket.pause());
  const child = spawn(program, [String(connections.length)], {
    stdio: ['pipe', 'pipe', 'inherit', file, ...sockets],
  });
  // The orchestrator ends this process first, and the program follows.
  child.once('exit', () => {
    throw new Error('the program that counts ended');
  });
  await saidSomething(child);
  return {
    counters: connections.map((_, index) => new SunkBytes(file, index, frameBytes)),
    get cpuUs() {
      return cpuUs(child.pid!);
    },
  };
}

async function saidSomething(child: ChildProcess): Promise<void> {
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.stdout?.once('data', resolve);
  });
}

/** A file without a name, which is gone when those who have it open are. */
function openUnnamed(): number {
  const folder = mkdtempSync(join(tmpdir(), 'tcp-chat-bench-'));
  try {
    return openSync(join(folder, 'counters'), 'w+');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
