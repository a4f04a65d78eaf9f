import type { HeldName } from '../../core/ports.js';
import type { Sqlite } from './database-file.js';
import { isDamage } from '../errors.js';

/** All names on record. Those that cannot be read are left out: they are free then. */
export function namesOf(sqlite: Sqlite): HeldName[] {
  const rows = sqlite.prepare<[], [person: string, name: string, untilMs: number | null]>(
    'SELECT person, name, until_ms FROM names UNION ALL SELECT person, name, NULL FROM accounts',
  );
  const names: HeldName[] = [];
  try {
    for (const [person, name, untilMs] of rows.raw().iterate()) {
      names.push({ person, name, untilMs: untilMs ?? Infinity });
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
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
