import type { Rules } from './core/rules.js';
import type { RetentionOptions } from './core/retention.js';
import { defaultLimits, type SessionLimits } from './protocol/limits.js';
import { schema, type Setting, type SettingName, type Settings, type Value } from './settings.js';
import type { Access } from './transports/access.js';
import { AddressRanges } from './transports/address-ranges.js';
import { originOf } from './transports/origins.js';
import { ServerNames } from './transports/server-names.js';

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
  accessOf(complete);
  if ((complete.tlsCert === '') !== (complete.tlsKey === '')) {
    throw new ConfigError('tlsCert and tlsKey are only useful together');
  }
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

/** The proxies of `trustProxy`. Throws `ConfigError`. */
function proxiesOf({ trustProxy }: Settings): AddressRanges {
  try {
    return new AddressRanges(listed(trustProxy));
  } catch (error) {
    throw new ConfigError(`trustProxy: ${(error as Error).message}`);
  }
}

/** The names of `publicUrl`. Throws `ConfigError`. */
function namesOf({ publicUrl }: Settings): ServerNames {
  try {
    return new ServerNames(listed(publicUrl));
  } catch (error) {
    throw new ConfigError(`publicUrl: ${(error as Error).message}`);
  }
}

/** Who may come under these settings. */
export function accessOf(settings: Settings): Access {
  return {
    connectionsMax: settings.connectionsMax,
    connectionsPerAddressMax: settings.connectionsPerAddressMax,
    proxies: proxiesOf(settings),
    mayBePlain: settings.tlsCert === '' || settings.allowPlaintext,
    mayLogInPlainly: settings.allowPlaintextLogin,
    names: namesOf(settings),
    allowedOrigins: originsOf(settings),
    hasPublicMetrics: settings.publicMetrics,
  };
}

function listed(value: string): string[] {
  return value.split(/[\s,]+/).filter((text) => text !== '');
}

/** The origins of `allowOrigin` as browsers write them, and `*`. Throws `ConfigError`. */
function originsOf({ allowOrigin }: Settings): ReadonlySet<string> {
  const origins = listed(allowOrigin).map((text) => {
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

/** Who may stay, and as what, under these settings. */
export function rulesFrom({ guests, registration }: Settings): Rules {
  return { takesGuests: guests === 'yes', canRegister: registration === 'open' };
}

/** How fast a session is read under these settings. */
export function rateFrom({
  rateLimit,
}: Settings): Pick<SessionLimits, 'messagesPerSecond' | 'messageBurst'> {
  return { messagesPerSecond: rateLimit, messageBurst: 4 * rateLimit };
}

/** What each room keeps under these settings. */
export function retentionFrom({ retainMessages, retainHours }: Settings): RetentionOptions {
  return { entriesMax: retainMessages, ageMsMax: retainHours * 3_600_000 };
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
    ...rateFrom(settings),
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
