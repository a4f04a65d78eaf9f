import { readFileSync } from 'node:fs';
import { ConfigError } from './config.js';
import type { Settings } from './settings.js';
import { secureContextOf } from './transports/tls.js';
import type { SecureContext } from 'node:tls';

/**
 * The certificate and key that the settings name, read now; undefined when they name none. Throws
 * `ConfigError` when they cannot be read or used.
 */
export function certificateOf({ tlsCert, tlsKey }: Settings): SecureContext | undefined {
  if (tlsCert === '') return undefined;
  try {
    return secureContextOf(readFileSync(tlsCert, 'utf8'), readFileSync(tlsKey, 'utf8'));
  } catch (error) {
    const problem = (error as Error).message;
    throw new ConfigError(`the certificate ${tlsCert} cannot be used: ${problem}`);
  }
}
