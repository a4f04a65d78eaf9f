import { defaultLimits } from './protocol/limits.js';

/** One setting: what it is, in one place. Flags, environment, file and README derive from it. */
export interface Setting<Value> {
  readonly default: Value;
  readonly unit?: string;
  /** For numbers, which are whole. */
  readonly min?: number;
  readonly max?: number;
  /** For texts: those that are possible. */
  readonly choices?: readonly string[];
  readonly mayBeEmpty?: boolean;
  /** For texts of several parts: they may also be given one by one. */
  readonly isList?: boolean;
  /** A sentence fragment for `--help` and README. */
  readonly help: string;
}

const bytes = { unit: 'bytes', min: 1, max: 2 ** 31 - 1 } as const;
const milliseconds = { unit: 'ms', min: 1, max: 2 ** 31 - 1 } as const;
const count = { min: 1, max: 1_000_000 } as const;

/** Every setting of the server, in the order in which `--help` lists them. */
export const schema = {
  host: setting({ default: '127.0.0.1', help: 'address on which the server listens' }),
  port: setting({ default: 4444, min: 0, max: 65535, help: 'TCP port; 0 for any free port' }),
  http: setting({ default: true, help: 'serve the page, WebSocket, health and metrics over HTTP' }),
  httpPort: setting({
    default: 8080,
    min: 0,
    max: 65535,
    help: 'HTTP port; 0 for any free port',
  }),
  allowOrigin: setting({
    default: '',
    mayBeEmpty: true,
    isList: true,
    help: 'other origins whose pages may open WebSockets, separated by commas; * for all',
  }),
  tlsCert: setting({
    default: '',
    mayBeEmpty: true,
    help: 'file with the certificate for TLS and those that lead to its authority (PEM)',
  }),
  tlsKey: setting({
    default: '',
    mayBeEmpty: true,
    help: 'file with the key of --tls-cert (PEM)',
  }),
  allowPlaintext: setting({
    default: false,
    help: 'with TLS, serve other machines also without it',
  }),
  guests: setting({
    default: 'yes',
    choices: ['yes', 'no'],
    help: 'whether people without an account can take part: yes or no',
  }),
  registration: setting({
    default: 'open',
    choices: ['open', 'closed'],
    help: 'whether people can get an account by themselves: open or closed',
  }),
  allowPlaintextLogin: setting({
    default: false,
    help: 'take passwords from other machines also without TLS',
  }),
  jwtSecretFile: setting({
    default: '',
    mayBeEmpty: true,
    help: "file with the secret with which an application signs its users' tokens (JWT, HS256)",
  }),
  jwtKeysFile: setting({
    default: '',
    mayBeEmpty: true,
    help: 'file with the public key (PEM) or keys (JWKS) for such tokens (RS256, PS256, ES256, EdDSA)',
  }),
  jwtKeysUrl: setting({
    default: '',
    mayBeEmpty: true,
    help: 'URL of such keys (JWKS)',
  }),
  jwtIssuer: setting({
    default: '',
    mayBeEmpty: true,
    help: 'who must have issued these tokens (iss); empty for anybody',
  }),
  jwtAudience: setting({
    default: '',
    mayBeEmpty: true,
    help: 'for whom they must be (aud); empty for anybody',
  }),
  jwtNameClaim: setting({
    default: 'name',
    help: "the claim with the user's name",
  }),
  publicUrl: setting({
    default: '',
    mayBeEmpty: true,
    isList: true,
    help: 'URLs at which browsers reach the server, such as https://chat.example, separated by commas',
  }),
  publicMetrics: setting({
    default: false,
    help: 'answer /metrics and /readyz to other machines, too',
  }),
  trustProxy: setting({
    default: '',
    mayBeEmpty: true,
    isList: true,
    help: 'addresses of proxies, such as 10.0.0.0/8, that may say whom they connect for, separated by commas',
  }),
  data: setting({ default: './tcp-chat-data', help: 'folder for all files of the server' }),
  store: setting({
    default: 'sqlite',
    choices: ['sqlite', 'memory'],
    help: 'where rooms are stored: sqlite (a database in --data) or memory (lost when the server stops)',
  }),
  retainMessages: setting({
    default: 0,
    unit: 'messages',
    min: 0,
    max: 2 ** 31 - 1,
    help: 'how many of the newest messages each room keeps; 0 for all',
  }),
  retainHours: setting({
    default: 0,
    unit: 'hours',
    min: 0,
    max: 1_000_000,
    help: 'how long each room keeps a message; 0 for ever',
  }),
  nameHoldHours: setting({
    default: 168,
    unit: 'hours',
    min: 0,
    max: 1_000_000,
    help: 'how long a name stays reserved after its last session has ended; 0 for not at all',
  }),
  transcripts: setting({
    default: false,
    help: 'also write each room to a text file in the folder transcripts in --data',
  }),
  rateLimit: setting({
    default: defaultLimits.messagesPerSecond,
    unit: 'messages/s',
    min: 0,
    max: 1_000_000,
    help: 'rate at which one session is read; bursts may be 4 times as large; 0 for no limit',
  }),
  logLevel: setting({
    default: 'info',
    choices: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    help: 'lowest level that is logged: trace, debug, info, warn, error, fatal or silent',
  }),
  logJson: setting({
    default: false,
    help: 'log lines of JSON also at a terminal, and print where the server listens as JSON',
  }),
  connectionsMax: setting({ ...count, default: 100_000, help: 'maximum number of connections' }),
  connectionsPerAddressMax: setting({
    ...count,
    default: 1000,
    help: 'maximum number of connections from one address; this machine is exempt',
  }),
  frameBytesMax: setting({
    ...bytes,
    default: defaultLimits.frameBytesMax,
    help: 'maximum size of a frame',
  }),
  contentBytesMax: setting({
    ...bytes,
    default: defaultLimits.contentBytesMax,
    help: 'maximum size of the text of a message',
  }),
  frameTimeoutMs: setting({
    ...milliseconds,
    default: defaultLimits.frameTimeoutMs,
    help: 'time for a frame or an HTTP request to arrive completely',
  }),
  firstFrameTimeoutMs: setting({
    ...milliseconds,
    default: defaultLimits.firstFrameTimeoutMs,
    help: 'time for the first frame on a WebSocket whose URL has no username',
  }),
  outboxBytesMax: setting({
    ...bytes,
    default: defaultLimits.outboxBytesMax,
    help: 'how much data may wait for one session before it becomes lagging',
  }),
  memory: setting({
    default: 0,
    unit: 'MiB',
    min: 0,
    max: 1024 * 1024,
    help: "memory for data to and from all clients together; 0 for a quarter of the machine's memory, at least 256",
  }),
  logBytesMax: setting({
    ...bytes,
    default: 32 * 1024 * 1024,
    help: 'cache of recent messages of all rooms, in memory, for readers',
  }),
  storeBytesMax: setting({
    ...bytes,
    default: 256 * 1024 * 1024,
    help: 'maximum size of all rooms with --store memory; the oldest messages are removed first',
  }),
  stallTimeoutMs: setting({
    ...milliseconds,
    default: defaultLimits.stallTimeoutMs,
    help: 'a session is closed if data waits for it and it reads nothing for this long',
  }),
  silenceTimeoutMs: setting({
    ...milliseconds,
    default: defaultLimits.silenceTimeoutMs,
    help: 'a session with a hello gets a ping if it sends nothing for this long',
  }),
  pongTimeoutMs: setting({
    ...milliseconds,
    default: defaultLimits.pongTimeoutMs,
    help: 'time to answer that ping; more if much data was sent before it',
  }),
  drainTimeoutMs: setting({
    ...milliseconds,
    max: 6000,
    default: 5000,
    help: 'time for sessions to receive what is waiting for them when the server stops',
  }),
} as const;

/** The name of a setting, as it stands in a configuration file. */
export type SettingName = keyof typeof schema;

/** A value for every setting. */
export type Settings = {
  readonly [Name in SettingName]: (typeof schema)[Name]['default'];
};

export type Value = string | number | boolean;

function setting<Value extends string | number | boolean>(
  facts: Setting<Value>,
): Setting<Widened<Value>> {
  return facts as unknown as Setting<Widened<Value>>;
}

type Widened<Value> = Value extends string ? string : Value extends number ? number : boolean;
