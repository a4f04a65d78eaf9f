import type { JwtLogins } from './auth/jwt.js';
import { certificateOf } from './certificate.js';
import {
  accessOf,
  programSource,
  rateFrom,
  retentionFrom,
  rulesFrom,
  settingNames,
  settingsFrom,
} from './config.js';
import type { Node } from './core/node.js';
import { jwtLoginsOf } from './jwt-logins.js';
import type { SettingName, Settings } from './settings.js';
import type { Access } from './transports/access.js';
import type { Tls } from './transports/tls.js';

/** Settings that can change while a server runs: whom it lets in, how fast, and what it keeps. */
const changeable: ReadonlySet<SettingName> = new Set<SettingName>([
  'tlsCert',
  'tlsKey',
  'allowPlaintext',
  'publicUrl',
  'publicMetrics',
  'trustProxy',
  'allowOrigin',
  'guests',
  'registration',
  'allowPlaintextLogin',
  'jwtSecretFile',
  'jwtKeysFile',
  'jwtKeysUrl',
  'jwtIssuer',
  'jwtAudience',
  'jwtNameClaim',
  'connectionsMax',
  'connectionsPerAddressMax',
  'rateLimit',
  'retainMessages',
  'retainHours',
]);

/** What of a server is told of new settings. */
export interface Reloaded {
  readonly node: Node;
  readonly accounts: { jwt: JwtLogins | undefined };
  readonly access: Access;
  readonly tls: Tls | undefined;
}

/** The settings of a server that runs, as they change. */
export class Reload {
  readonly #started: Settings;
  readonly #parts: Reloaded;
  /** Those in use. */
  settings: Settings;

  constructor(settings: Settings, parts: Reloaded) {
    this.#started = settings;
    this.#parts = parts;
    this.settings = settings;
  }

  /** See `ChatServer.reload`, but for the transcripts. */
  take(given: Partial<Settings> = {}): SettingName[] {
    const { node, accounts, access, tls } = this.#parts;
    const next = settingsFrom(programSource({ ...this.settings, ...given }));
    const context = certificateOf(next);
    const jwt = jwtLoginsOf(next);
    const fixed = settingNames.filter((name) => {
      // Handshakes are there from the start, or not at all.
      const isTls = name === 'tlsCert' || name === 'tlsKey';
      return !changeable.has(name) || (isTls && (tls === undefined) !== (context === undefined));
    });
    const kept = Object.fromEntries(fixed.map((name) => [name, this.#started[name]]));
    this.settings = { ...next, ...kept };
    if (tls !== undefined && context !== undefined) tls.context = context;
    accounts.jwt = jwt;
    Object.assign(access, accessOf(this.settings));
    node.change({
      retention: retentionFrom(this.settings),
      rate: rateFrom(this.settings),
      rules: rulesFrom(this.settings),
    });
    return fixed.filter((name) => next[name] !== this.#started[name]);
  }
}
