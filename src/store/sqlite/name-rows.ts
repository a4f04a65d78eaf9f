import type { HeldName } from '../../core/ports.js';
import type { Sqlite } from './database-file.js';
import { isDamage } from '../errors.js';

/** All names on record. Those of guests that cannot be read are left out: they are free then. */
export function namesOf(sqlite: Sqlite): HeldName[] {
  const rows = sqlite.prepare<[], [person: string, name: string, untilMs: number]>(
    'SELECT person, name, until_ms FROM names',
  );
  const names: HeldName[] = [];
  try {
    for (const [person, name, untilMs] of rows.raw().iterate()) {
      names.push({ person, name, untilMs });
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  // Those of accounts are nobody else's: without them there is nothing to begin with.
  const accounts = sqlite.prepare<[], [person: string, name: string]>(
    'SELECT person, name FROM accounts',
  );
  for (const [person, name] of accounts.raw().iterate()) {
    names.push({ person, name, untilMs: Infinity });
  }
  return names;
}

/** Puts each in the place of its person's earlier one; an empty name removes that. */
export function saveNames(sqlite: Sqlite, names: readonly HeldName[]): void {
  const put = sqlite.prepare('INSERT OR REPLACE INTO names VALUES (?, ?, ?)');
  const remove = sqlite.prepare('DELETE FROM names WHERE person = ?');
  for (const { person, name, untilMs } of names) {
    if (name === '') remove.run(person);
    else put.run(person, name, untilMs);
  }
}
