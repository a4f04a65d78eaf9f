import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The secrets by which servers know somebody again (`ConnectOptions.claim`), kept from one run
 * to the next: a name belongs to its owner for days after the last run. One file for each server
 * and name, which only the user can read, in `$XDG_STATE_HOME/tcp-chat/identities`, or below
 * ~/.local/state (XDG Base Directory Specification).
 */
export class Identities {
  readonly #folder: string;

  constructor(folder = join(stateHome(), 'tcp-chat', 'identities')) {
    this.#folder = folder;
  }

  /** The secret for a name at a server; a new one, which is kept, where there is none. Throws the system's error. */
  claim(server: string, name: string): string {
    const known = this.#read(this.#path(server, name));
    if (known !== undefined) return known;
    const claim = randomBytes(24).toString('base64url');
    this.keep(server, name, claim);
    return claim;
  }

  /** Keeps a secret for a name. Throws the system's error when it cannot. */
  keep(server: string, name: string, claim: string): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const path = this.#path(server, name);
    const temporary = `${path}.${process.pid}`;
    writeFileSync(temporary, `${JSON.stringify({ server, name, claim })}\n`, { mode: 0o600 });
    renameSync(temporary, path);
  }

  /** Undefined when it is not there, or not what was written. */
  #read(path: string): string | undefined {
    try {
      const { claim } = JSON.parse(readFileSync(path, 'utf8')) as { claim?: unknown };
      return typeof claim === 'string' ? claim : undefined;
    } catch {
      return undefined;
    }
  }

  #path(server: string, name: string): string {
    const key = createHash('sha256').update(`${server}\n${name}`).digest('hex').slice(0, 32);
    return join(this.#folder, `${key}.json`);
  }
}

function stateHome(): string {
  const given = process.env['XDG_STATE_HOME'] ?? '';
  return given === '' ? join(homedir(), '.local', 'state') : given;
}
