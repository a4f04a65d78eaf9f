/** A store that cannot be opened; the message is one sentence and names the file. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
  /** SQLite's or the system's code, where there is one: `SQLITE_CORRUPT`, `EACCES`. */
  readonly code: string;

  constructor(message: string, code = '', options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A call to an open store that failed; the next one may succeed. The message is one sentence. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  /** As in `StoreOpenError`. */
  readonly code: string;

  constructor(message: string, code = '', options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The code of a `StoreError` when a file was removed, replaced or cut while it was served. */
export const fileChanged = 'STORE_FILE_CHANGED';

/** The code of a `StoreOpenError` when a server keeps nothing, as its storage is in memory. */
export const notKept = 'STORE_NOT_KEPT';

/** What is wrong with the database at `path`, in one sentence. */
export function problemOf(path: string, code: string, original: string): string {
  if (code === fileChanged) return original;
  // Codes have more precise forms: SQLITE_IOERR_FSYNC, SQLITE_CORRUPT_INDEX.
  const problem = problems.find(([prefix]) => code.startsWith(prefix));
  return problem === undefined
    ? `${path} failed: ${original.split('\n')[0]}`
    : `${path} ${problem[1]} (${code})`;
}

const problems: ReadonlyArray<readonly [codePrefix: string, problem: string]> = [
  ['SQLITE_FULL', 'cannot grow, because its disk is full'],
  ['SQLITE_IOERR', 'cannot be read or written, because its disk fails'],
  ['SQLITE_BUSY', 'is locked by another program'],
  ['SQLITE_LOCKED', 'is locked by another program'],
  ['SQLITE_CORRUPT', 'is damaged'],
  ['SQLITE_NOTADB', 'is not a database'],
  ['SQLITE_READONLY', 'cannot be written'],
  ['SQLITE_CANTOPEN', 'cannot be opened'],
  ['SQLITE_PERM', 'cannot be opened'],
  ['SQLITE_NOMEM', 'needs more memory than is available'],
  ['EIO', 'cannot be read or written, because its disk fails'],
  ['EACCES', 'cannot be opened'],
  ['EPERM', 'cannot be opened'],
  ['EROFS', 'cannot be written'],
  ['ENOTDIR', 'cannot be opened, because its folder is a file'],
  ['EEXIST', 'cannot be opened, because its folder is a file'],
  ['ENOSPC', 'cannot grow, because its disk is full'],
];

/** Whether an error says that a part of the database makes no sense. */
export function isDamage(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_CORRUPT');
}

/** The code that an error carries; empty where it has none. */
export function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
