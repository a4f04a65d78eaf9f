import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** One of the two; see `ConnectOptions`. */
export interface KeptIdentity {
  readonly token?: string;
  readonly claim?: string;
}

/**
 * The secrets by which servers know somebody again (`ConnectOptions.claim` and `token`), kept from one run
 * to the next: a name belongs to its owner for days after the last run. One file for each server
 * and name, which only the user can read, in `$XDG_STATE_HOME/tcp-chat/identities`, or below
 * ~/.local/state (XDG Base Directory Specification).
 */
export class Identities {
  readonly #folder: string;

  constructor(folder = join(stateHome(), 'tcp-chat', 'identities')) {
    this.#folder = folder;
  }

  /**
   * By what somebody is known under a name at a server: the token of a log-in, or a secret of a
   * guest's, which is made up and kept where there is none. Throws the system's error.
   */
  find(server: string, name: string): KeptIdentity {
    const known = this.#read(this.#path(server, name));
    if (known !== undefined) return known;
    const made = { claim: randomBytes(24).toString('base64url') };
    this.keep(server, name, made);
    return made;
  }

  /** Keeps it for a name. Throws the system's error when it cannot. */
  keep(server: string, name: string, identity: KeptIdentity): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const path = this.#path(server, name);
    const temporary = `${path}.${process.pid}`;
    writeFileSync(temporary, `${JSON.stringify({ server, name, ...identity })}\n`, { mode: 0o600 });
    renameSync(temporary, path);
  }

  /** Forgets what is kept for a name. Throws the system's error. */
  forget(server: string, name: string): void {
    rmSync(this.#path(server, name), { force: true });
  }

  /** Undefined when it is not there, or not what was written. */
  #read(path: string): KeptIdentity | undefined {
    try {
      const { token, claim } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
      if (typeof token === 'string') return { token };
      return typeof claim === 'string' ? { claim } : undefined;
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
