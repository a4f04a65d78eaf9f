// The servers that are compared: one row each says how to start it, and which
// dialect of load it understands.
import { spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Children, CommandLine, Core } from './children.js';
import type { DialectName } from './dialects.js';
import type { ContestantName } from './workloads.js';

/** dist/, where this file lies in dist/scripts/bench/. */
const dist = fileURLToPath(new URL('../..', import.meta.url));
/** Not compiled, so it is still where the sources are. */
const natsConfig = join(dist, '..', 'scripts', 'bench', 'servers', 'nats.conf');
const garbageCollector = new URL('servers/collect-garbage.js', import.meta.url).href;
const appendCounter = new URL('servers/count-appends.js', import.meta.url).href;

/** What runs as `tcp-chat`, unless `--tcp-chat` names another program. */
export const tcpChatProgram = join(dist, 'src', 'cli', 'server.js');
const tcpChatArguments = ['--rate-limit', '0', '--store', 'memory'];
const tcpChatSqliteArguments = ['--rate-limit', '0', '--store', 'sqlite'];
// Those who only receive never say anything, which a server bears for a while only.
const firstFrameTimeoutMs = 3_600_000;

const startMs = 10_000;
const retryMs = 50;

/** What differs from one start to the next. */
export interface Launch {
  /** 0 for any. */
  readonly port: number;
  readonly folder: string | undefined;
  /** Further arguments. */
  readonly args: readonly string[];
}

export interface Contestant {
  readonly name: ContestantName;
  /** In one line, for the report. */
  readonly what: string;
  readonly dialect: DialectName;
  /** Its program is started with this; undefined for the store, which is no program. */
  readonly command: CommandLine | undefined;
  /** What `Launch` adds to that; no other takes a port, or keeps anything in a folder. */
  readonly more?: (launch: Launch) => readonly string[];
  /** Whether it keeps what it gets, in a folder. */
  readonly keeps: boolean;
  /** Finds the port in what it prints. */
  readonly port: RegExp;
  /** Whether it collects its garbage on SIGUSR2. */
  readonly collectsGarbage: boolean;
  /** Why it cannot take part here. */
  readonly missing: () => string | undefined;
}

function nodeServer(
  file: string,
  args: readonly string[] = [],
  preloaded: readonly string[] = [],
): CommandLine {
  const imports = [garbageCollector, ...preloaded].flatMap((module) => ['--import', module]);
  return { program: process.execPath, args: ['--expose-gc', ...imports, file, ...args] };
}

function launchArguments({ port, folder, args }: Launch): readonly string[] {
  return [
    '--port',
    String(port),
    '--no-http',
    ...(folder === undefined ? [] : ['--data', folder]),
    ...args,
  ];
}

function httpLaunchArguments({ port, args }: Launch): readonly string[] {
  return ['--port', '0', '--http-port', String(port), ...args];
}

/** The server on its HTTP port. */
function overWebSocket(tcpChat: string, encoding: 'binary' | 'json' | 'text'): Contestant {
  const waits = ['--first-frame-timeout-ms', String(firstFrameTimeoutMs)];
  return {
    name: `tcp-chat ${encoding}`,
    what: `tcp-chat over WebSocket, ${webSocketMessages[encoding]}`,
    dialect: `tcp-chat ${encoding}`,
    command: nodeServer(tcpChat, [...tcpChatArguments, ...waits]),
    more: httpLaunchArguments,
    keeps: false,
    port: /http:\/\/127\.0\.0\.1:(\d+)/,
    collectsGarbage: true,
    missing: () => (existsSync(tcpChat) ? undefined : 'it is not built'),
  };
}

const webSocketMessages = {
  binary: 'in binary messages of whole frames',
  json: 'in JSON',
  text: 'as plain text',
} as const;

function baseline(name: string): CommandLine {
  return nodeServer(fileURLToPath(new URL(`servers/${name}.js`, import.meta.url)));
}

/** "nats-server: v2.9.10", say. */
function versionOf(program: string): string | undefined {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'latin1' });
  return status === 0 ? stdout.trim().replace(':', '') : undefined;
}

export function contestants(tcpChat: string): readonly Contestant[] {
  const natsVersion = versionOf('nats-server');
  return [
    {
      name: 'tcp-chat',
      what: 'this server, with --rate-limit 0',
      dialect: 'tcp-chat',
      command: nodeServer(tcpChat, tcpChatArguments),
      more: launchArguments,
      keeps: false,
      port: /tcp:\/\/127\.0\.0\.1:(\d+)/,
      collectsGarbage: true,
      missing: () => (existsSync(tcpChat) ? undefined : 'it is not built'),
    },
    {
      name: 'tcp-chat sqlite',
      what: 'the same, with its rooms in a database on disk',
      dialect: 'tcp-chat',
      command: nodeServer(tcpChat, tcpChatSqliteArguments, [appendCounter]),
      more: launchArguments,
      keeps: true,
      port: /tcp:\/\/127\.0\.0\.1:(\d+)/,
      collectsGarbage: true,
      missing: () => (existsSync(tcpChat) ? undefined : 'it is not built'),
    },
    overWebSocket(tcpChat, 'binary'),
    overWebSocket(tcpChat, 'json'),
    overWebSocket(tcpChat, 'text'),
    {
      name: 'store alone',
      what: 'that database without a server, fed with appends of the same size',
      dialect: 'tcp-chat',
      command: undefined,
      keeps: true,
      port: /./,
      collectsGarbage: false,
      missing: () => undefined,
    },
    {
      name: 'nats',
      what: `${natsVersion ?? 'nats-server'}, publish and subscribe on one subject`,
      dialect: 'nats',
      command: { program: 'nats-server', args: ['-c', natsConfig, '-a', '127.0.0.1', '-p', '-1'] },
      keeps: false,
      port: /client connections on 127\.0\.0\.1:(\d+)/,
      collectsGarbage: false,
      missing: () => (natsVersion === undefined ? 'nats-server is not installed' : undefined),
    },
    {
      name: 'ws-loop',
      what: 'Node, the broadcast loop of the ws package',
      dialect: 'ws-loop',
      command: baseline('ws-loop'),
      keeps: false,
      port: /ws:\/\/127\.0\.0\.1:(\d+)/,
      collectsGarbage: true,
      missing: () => undefined,
    },
    {
      name: 'plain',
      what: 'Node, encodes and writes for each recipient',
      dialect: 'tcp-chat',
      command: baseline('plain'),
      keeps: false,
      port: /tcp:\/\/127\.0\.0\.1:(\d+)/,
      collectsGarbage: true,
      missing: () => undefined,
    },
  ];
}

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

export interface StartOptions extends Launch {
  readonly core: Core;
}

export async function start(
  children: Children,
  contestant: Contestant,
  { core, ...launch }: StartOptions,
): Promise<Running> {
  const { name, command, more } = contestant;
  if (command === undefined) throw new Error(`${name} is no server`);
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
