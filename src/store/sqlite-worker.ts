/**
 * The thread in which the database is read and written: it opens the database named in
 * `workerData`, says so, and answers each request, in their order, with one reply.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { Range, Retention } from '../core/ports.js';
import { serveDatabase, type DatabaseFacts, type ServedDatabase } from './database-file.js';
import { codeOf } from './errors.js';
import type { PackedAppends } from './packed.js';
import { SqliteDatabase } from './sqlite-database.js';

/** What the thread is started with. */
export interface WorkerData {
  readonly path: string;
}

/** What is asked of the thread. */
export type Request =
  | { readonly kind: 'append'; readonly appends: PackedAppends }
  | { readonly kind: 'read'; readonly room: string; readonly range: Range }
  | { readonly kind: 'state'; readonly room: string }
  | { readonly kind: 'probe' }
  | { readonly kind: 'trim'; readonly retention: Retention }
  | { readonly kind: 'close' };

/** The answer to a request, and before all of them whether the database was opened. */
export type Reply =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

function serve(port: MessagePort, served: ServedDatabase): void {
  const database = new SqliteDatabase(served.sqlite);
  port.on('message', (request: Request) => {
    reply(port, () => perform(database, served, request));
    if (request.kind === 'close') port.close();
  });
}

function perform(database: SqliteDatabase, served: ServedDatabase, request: Request): unknown {
  switch (request.kind) {
    case 'append':
      return database.append(request.appends);
    case 'read':
      return database.read(request.room, request.range);
    case 'state':
      return database.state(request.room);
    case 'probe':
      return database.probe();
    case 'trim':
      return database.trim(request.retention);
    case 'close':
      return served.close();
  }
}

function reply(port: MessagePort, work: () => unknown): void {
  let answer: Reply;
  try {
    answer = { kind: 'done', result: work() };
  } catch (error) {
    answer = { kind: 'failed', code: codeOf(error), message: (error as Error).message };
  }
  port.postMessage(answer);
}

const { path } = workerData as WorkerData;
reply(parentPort!, (): DatabaseFacts => {
  const served = serveDatabase(path);
  serve(parentPort!, served);
  return served.facts;
});
