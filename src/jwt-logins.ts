import { readFileSync } from 'node:fs';
import { JwtLogins, type JwtKeys, type KeySet } from './auth/jwt.js';
import { ConfigError } from './config.js';
import type { Settings } from './settings.js';

/** Shorter ones are guessed: as many bytes as a signature has (RFC 7518 section 3.2). */
const secretBytesMin = 32;

/**
 * The log-ins of an application that the settings name, their keys read now; undefined when they
 * name none. Throws `ConfigError` when the keys cannot be read or used.
 */
export function jwtLoginsOf(settings: Settings): JwtLogins | undefined {
  const { jwtSecretFile, jwtKeysFile, jwtKeysUrl } = settings;
  const sources = [jwtSecretFile, jwtKeysFile, jwtKeysUrl].filter((source) => source !== '');
  const [source] = sources;
  if (source === undefined) return undefined;
  if (sources.length > 1) {
    throw new ConfigError('of jwtSecretFile, jwtKeysFile and jwtKeysUrl only one can be used');
  }
  const { jwtIssuer: issuer, jwtAudience: audience, jwtNameClaim: nameClaim } = settings;
  try {
    return new JwtLogins({ keys: keysOf(settings), issuer, audience, nameClaim }, () => Date.now());
  } catch (error) {
    throw new ConfigError(`the keys ${source} cannot be used: ${(error as Error).message}`);
  }
}

function keysOf({ jwtSecretFile, jwtKeysFile, jwtKeysUrl }: Settings): JwtKeys {
  if (jwtSecretFile !== '') {
    // Editors end files with a line feed.
    const secret = readFileSync(jwtSecretFile, 'utf8').trimEnd();
    if (Buffer.byteLength(secret) < secretBytesMin) {
      throw new Error(`a secret has ${secretBytesMin} bytes at least`);
    }
    return { kind: 'secret', secret: Buffer.from(secret) };
  }
  if (jwtKeysUrl !== '') return { kind: 'url', url: new URL(jwtKeysUrl) };
  const text = readFileSync(jwtKeysFile, 'utf8');
  if (!text.trimStart().startsWith('{')) return { kind: 'public', pem: text };
  return { kind: 'set', keys: JSON.parse(text) as KeySet };
}
