import { defaultLimits, type SessionLimits } from './protocol/limits.js';
import { originOf } from './transports/origins.js';

/** One setting: what it is, in one place. Flags, environment, file and README derive from it. */
interface Setting<Value> {
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

type Value = string | number | boolean;

/** A setting that is unknown or has an impossible value; the message names it and its source. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Values from one place: the environment, a file, the command line, a program. */
export interface Source {
  /** As it is named to whoever made the mistake: `--port`, `TCP_CHAT_PORT`. */
  nameOf(setting: SettingName): string;
  readonly values: Readonly<Partial<Record<SettingName, unknown>>>;
}

/** The settings from all sources, later ones winning. Throws `ConfigError`. */
export function settingsFrom(...sources: readonly Source[]): Settings {
  const settings: Record<string, Value> = {};
  for (const name of settingNames) settings[name] = schema[name].default;
  for (const source of sources) {
    for (const name of settingNames) {
      const value = source.values[name];
      if (value !== undefined) settings[name] = checked(name, value, source.nameOf(name));
    }
  }
  const complete = settings as unknown as Settings;
  originsOf(complete);
  // What a message gains on its way out: a sender, an id, a room, a number, a time.
  if (complete.contentBytesMax + addedBytesMax > complete.frameBytesMax) {
    const least = complete.contentBytesMax + addedBytesMax;
    throw new ConfigError(
      `frameBytesMax must be at least contentBytesMax + ${addedBytesMax}, which is ${least}`,
    );
  }
  return complete;
}

const addedBytesMax = 1024;

/** The origins of `allowOrigin` as browsers write them, and `*`. Throws `ConfigError`. */
export function originsOf({ allowOrigin }: Settings): ReadonlySet<string> {
  const given = allowOrigin.split(/[\s,]+/).filter((text) => text !== '');
  const origins = given.map((text) => {
    const origin = text === '*' ? text : originOf(text);
    if (origin !== undefined) return origin;
    throw new ConfigError(`allowOrigin: ${text} is not an origin, such as https://chat.example`);
  });
  return new Set(origins);
}

/** Settings as a program gives them. */
export function programSource(values: Partial<Settings>): Source {
  return { values: known(values, 'option'), nameOf: (setting) => setting };
}

/** Settings from a JSON file's text; `path` is for error messages. */
export function fileSource(text: string, path: string): Source {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${path} is not JSON: ${(error as Error).message}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ConfigError(`${path} does not contain a JSON object of settings`);
  }
  return {
    values: known(json, `setting in ${path}`),
    nameOf: (setting) => `${setting} in ${path}`,
  };
}

/** Settings from variables that begin with `TCP_CHAT_`. */
export function environmentSource(environment: Readonly<NodeJS.ProcessEnv>): Source {
  const settings = new Map(settingNames.map((name) => [variableOf(name), name]));
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith('TCP_CHAT_')) continue;
    const setting = settings.get(variable);
    if (setting === undefined) throw new ConfigError(`unknown variable ${variable}`);
    values[setting] = value;
  }
  return { values, nameOf: variableOf };
}

export const settingNames = Object.keys(schema) as SettingName[];

/** `rate-limit` for `rateLimit`. */
export function flagOf(setting: SettingName): string {
  return setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `TCP_CHAT_RATE_LIMIT` for `rateLimit`. */
export function variableOf(setting: SettingName): string {
  return `TCP_CHAT_${flagOf(setting).replaceAll('-', '_').toUpperCase()}`;
}

/** What sessions are held to under these settings. */
export function limitsFrom(settings: Settings): SessionLimits {
  return {
    ...defaultLimits,
    frameBytesMax: settings.frameBytesMax,
    contentBytesMax: settings.contentBytesMax,
    frameTimeoutMs: settings.frameTimeoutMs,
    firstFrameTimeoutMs: settings.firstFrameTimeoutMs,
    outboxBytesMax: settings.outboxBytesMax,
    stallTimeoutMs: settings.stallTimeoutMs,
    silenceTimeoutMs: settings.silenceTimeoutMs,
    pongTimeoutMs: settings.pongTimeoutMs,
    messagesPerSecond: settings.rateLimit,
    messageBurst: 4 * settings.rateLimit,
    nameHoldMs: settings.nameHoldHours * 3_600_000,
  };
}

function checked(name: SettingName, given: unknown, source: string): Value {
  const facts: Setting<Value> = schema[name];
  const { default: fallback, min, max, unit, choices, mayBeEmpty } = facts;
  const value = facts.isList === true && Array.isArray(given) ? given.join(',') : given;
  if (typeof fallback === 'string') {
    if (choices !== undefined && !choices.some((one) => one === value)) {
      throw new ConfigError(`${source} must be one of ${choices.join(', ')}`);
    }
    if (typeof value === 'string' && (value !== '' || mayBeEmpty === true)) return value;
    throw new ConfigError(`${source} must be a text and must not be empty`);
  }
  if (typeof fallback === 'boolean') {
    if (value === true || value === 'true' || value === '1') return true;
    if (value === false || value === 'false' || value === '0') return false;
    throw new ConfigError(`${source} must be true or false`);
  }
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (Number.isInteger(number) && Number(number) >= min! && Number(number) <= max!) {
    return Number(number);
  }
  const range = `from ${min} to ${max}${unit === undefined ? '' : ` ${unit}`}`;
  throw new ConfigError(`${source} must be a whole number ${range}`);
}

function known(values: object, what: string): Partial<Record<SettingName, unknown>> {
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(schema, name)) throw new ConfigError(`unknown ${what}: ${name}`);
  }
  return values;
}

function setting<Value extends string | number | boolean>(
  facts: Setting<Value>,
): Setting<Widened<Value>> {
  return facts as unknown as Setting<Widened<Value>>;
}

type Widened<Value> = Value extends string ? string : Value extends number ? number : boolean;
