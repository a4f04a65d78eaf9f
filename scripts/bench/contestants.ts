// The servers that are compared: one row each says how to start it, and which
// dialect of load it understands.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CommandLine } from './children.js';
import { certify, tlsArguments } from './certificate.js';
import { compile, programOf } from './compile.js';
import type { DialectName } from './dialects.js';
import type { ContestantName } from './workloads.js';

/** dist/, where this file lies in dist/scripts/bench/. */
const dist = fileURLToPath(new URL('../..', import.meta.url));
/** Not compiled, so it is still where the sources are. */
const natsConfig = join(dist, '..', 'scripts', 'bench', 'servers', 'nats.conf');
const natsArguments = ['-c', natsConfig, '-a', '127.0.0.1', '-p', '-1'];
/** Keeps nothing on disk. */
const redisArguments = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
const garbageCollector = new URL('servers/collect-garbage.js', import.meta.url).href;
const appendCounter = new URL('servers/count-appends.js', import.meta.url).href;

/** What runs as `tcp-chat`, unless `--tcp-chat` names another program. */
export const tcpChatProgram = join(dist, 'src', 'cli', 'server.js');
const tcpChatArguments = ['--rate-limit', '0', '--store', 'memory'];
const tcpChatSqliteArguments = ['--rate-limit', '0', '--store', 'sqlite'];
// Those who only receive never say anything, which a server bears for a while only.
const firstFrameTimeoutMs = 3_600_000;

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
  /** Whether it cannot take any free port by itself, but has to be told one. */
  readonly needsPort?: boolean;
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

/** Of nats-server or redis-server, "v2.9.10" or "7.0.15", say. */
function versionOf(program: string): string | undefined {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'latin1' });
  return status === 0 ? /v?\d+(\.\d+)+/.exec(stdout)?.[0] : undefined;
}

function notInstalled(debianPackage: string): string {
  return `it is not installed. On Debian: apt-get install ${debianPackage}`;
}

export function contestants(tcpChat: string): readonly Contestant[] {
  const natsVersion = versionOf('nats-server');
  const redisVersion = versionOf('redis-server');
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
      name: 'tcp-chat tls',
      what: 'tcp-chat over TLS',
      dialect: 'tcp-chat tls',
      command: nodeServer(tcpChat, [
        ...tcpChatArguments,
        ...tlsArguments('--tls-cert', '--tls-key'),
      ]),
      more: launchArguments,
      keeps: false,
      port: /tcp:\/\/127\.0\.0\.1:(\d+)/,
      collectsGarbage: true,
      missing: () => certify(),
    },
    {
      ...overWebSocket(tcpChat, 'binary'),
      name: 'tcp-chat binary tls',
      what: 'tcp-chat over WebSocket over TLS, in binary messages of whole frames',
      dialect: 'tcp-chat binary tls',
      command: nodeServer(tcpChat, [
        ...tcpChatArguments,
        ...tlsArguments('--tls-cert', '--tls-key'),
      ]),
      missing: () => certify(),
    },
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
      what: `nats-server ${natsVersion ?? ''}, publish and subscribe on one subject`,
      dialect: 'nats',
      command: { program: 'nats-server', args: natsArguments },
      keeps: false,
      port: /client connections on 127\.0\.0\.1:(\d+)/,
      collectsGarbage: false,
      missing: () => (natsVersion === undefined ? notInstalled('nats-server') : undefined),
    },
    {
      name: 'nats tls',
      what: `nats-server ${natsVersion ?? ''} with TLS`,
      dialect: 'nats tls',
      command: {
        program: 'nats-server',
        args: [...natsArguments, '--tls', ...tlsArguments('--tlscert', '--tlskey')],
      },
      keeps: false,
      port: /client connections on 127\.0\.0\.1:(\d+)/,
      collectsGarbage: false,
      missing: () => (natsVersion === undefined ? notInstalled('nats-server') : certify()),
    },
    {
      name: 'redis',
      what: `redis-server ${redisVersion ?? ''}, publish and subscribe on one channel`,
      dialect: 'redis',
      command: { program: 'redis-server', args: redisArguments },
      more: ({ port }) => ['--port', String(port)],
      needsPort: true,
      keeps: false,
      port: /port=(\d+)[^]*Ready to accept connections/,
      collectsGarbage: false,
      missing: () => (redisVersion === undefined ? notInstalled('redis-server') : undefined),
    },
    {
      name: 'least C',
      what: 'C with epoll, the least that a server can do',
      dialect: 'tcp-chat',
      command: { program: programOf('servers/least'), args: [] },
      keeps: false,
      port: /tcp:\/\/127\.0\.0\.1:(\d+)/,
      collectsGarbage: false,
      missing: () => compile('servers/least'),
    },
    {
      name: 'least Node',
      what: 'Node, the least that a server can do',
      dialect: 'tcp-chat',
      command: baseline('least'),
      keeps: false,
      port: /tcp:\/\/127\.0\.0\.1:(\d+)/,
      collectsGarbage: true,
      missing: () => undefined,
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
