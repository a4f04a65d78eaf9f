// A certificate for the servers that are measured with TLS; their clients do not look at it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { programOf } from './compile.js';

const [cert, key] = ['certificate.pem', 'key.pem'].map(programOf) as [string, string];

/** Arguments that name it, under these flags. */
export function tlsArguments(certFlag: string, keyFlag: string): readonly string[] {
  return [certFlag, cert, keyFlag, key];
}

/** Makes it where there is none. Returns why that cannot be done, or undefined. */
export function certify(): string | undefined {
  if (existsSync(cert)) return undefined;
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const files = ['-keyout', key, '-out', cert];
  const { status, error } = spawnSync(
    'openssl',
    ['req', '-x509', ...kind, ...files, '-days', '3650', '-subj', '/CN=localhost'],
    { stdio: 'ignore' },
  );
  if (error !== undefined) return 'there is no openssl. On Debian: apt-get install openssl';
  return status === 0 ? undefined : 'openssl cannot make a certificate';
}
