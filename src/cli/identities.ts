import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The tokens by which servers know somebody again, kept from one run to the next: a name
 * belongs to its token, for days after its owner has left. One file for each server and
 * name, which only the user can read, in `$XDG_STATE_HOME/tcp-chat/identities`, or below
 * ~/.local/state (XDG Base Directory Specification).
 */
export class Identities {
  readonly #folder: string;

  constructor(folder = join(stateHome(), 'tcp-chat', 'identities')) {
    this.#folder = folder;
  }

  /** The token that a server gave for a name; empty where none is known. */
  token(server: string, name: string): string {
    try {
      const { token } = JSON.parse(readFileSync(this.#path(server, name), 'utf8')) as {
        token?: unknown;
      };
      return typeof token === 'string' ? token : '';
    } catch {
      // It is not there, or not what was written: the name is asked for without it.
      return '';
    }
  }

  /** Keeps a token. Throws the system's error when it cannot. */
  keep(server: string, name: string, token: string): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const path = this.#path(server, name);
    const temporary = `${path}.${process.pid}`;
    writeFileSync(temporary, `${JSON.stringify({ server, name, token })}\n`, { mode: 0o600 });
    renameSync(temporary, path);
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
