// Starts the server of a contestant, waits until it listens, and ends it.
import type { ChildProcess } from 'node:child_process';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Children, Core } from './children.js';
import type { Contestant, Launch } from './contestants.js';

const startMs = 10_000;
const retryMs = 50;

/** A server that runs. */
export interface Running {
  readonly pid: number;
  readonly port: number;
  /** Rejects when it ends before it is stopped. */
  readonly ended: Promise<never>;
  stop(): Promise<void>;
  /** Ends it without a warning; it is not missed by `ended`. */
  kill(): Promise<void>;
  /** How many messages it has had in an append to its database so far, on average. */
  rowsPerAppend(): Promise<number | undefined>;
}

/** Resolves to the port that the server says it listens on. */
async function announcedPort(child: ChildProcess, pattern: RegExp): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = '';
    let found = false;
    // Both stay read afterwards: a server must not wait for somebody to read its log.
    const read = (chunk: Buffer): void => {
      if (found) return;
      text += chunk.toString('latin1');
      const port = pattern.exec(text)?.[1];
      if (port === undefined) return;
      found = true;
      resolve(Number(port));
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', () => reject(new Error(`ended at its start: ${text}`)));
    child.once('error', reject);
    setTimeout(() => reject(new Error(`did not say its port: ${text}`)), startMs).unref();
  });
}

async function acceptsConnections(port: number): Promise<void> {
  const deadline = performance.now() + startMs;
  for (;;) {
    const accepted = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (accepted) return;
    if (performance.now() > deadline) throw new Error(`port ${port} accepts no connection`);
    await delay(retryMs);
  }
}

/** One that nobody listens on now, for servers that cannot choose one themselves. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface StartOptions extends Launch {
  readonly core: Core;
}

export async function start(
  children: Children,
  contestant: Contestant,
  { core, ...wanted }: StartOptions,
): Promise<Running> {
  const { name, command, more, needsPort } = contestant;
  if (command === undefined) throw new Error(`${name} is no server`);
  const isAnyPort = wanted.port === 0 && needsPort === true;
  const launch = { ...wanted, port: isAnyPort ? await freePort() : wanted.port };
  const args = [...command.args, ...(more?.(launch) ?? [])];
  const child = children.spawn(core, { ...command, args }, ['ignore', 'pipe', 'pipe']);
  try {
    const port = await announcedPort(child, contestant.port);
    await acceptsConnections(port);
    let isKilled = false;
    const ended = new Promise<never>((_resolve, reject) => {
      child.once('exit', () => {
        if (!isKilled) reject(new Error(`${name} ended by itself`));
      });
    });
    ended.catch(() => {}); // also when nobody waits for it any more
    return {
      pid: child.pid!,
      port,
      ended,
      stop: async () => children.end(child),
      async kill() {
        isKilled = true;
        await children.kill(child);
      },
      rowsPerAppend: async () => (contestant.keeps ? rowsPerAppend(child) : undefined),
    };
  } catch (error) {
    await children.end(child);
    throw new Error(`${name} did not start`, { cause: error });
  }
}

/** Undefined if it does not say, or has had none. */
async function rowsPerAppend(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => done(undefined), 2_000);
    let text = '';
    const read = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const [, rows, appends] = /appended (\d+) in (\d+)\n/.exec(text) ?? [];
      if (appends !== undefined) done(appends === '0' ? undefined : Number(rows) / Number(appends));
    };
    function done(mean: number | undefined): void {
      clearTimeout(timer);
      child.stdout?.off('data', read);
      resolve(mean);
    }
    child.stdout?.on('data', read);
    child.kill('SIGURG');
  });
}
