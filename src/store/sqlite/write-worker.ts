/**
 * The thread in which the database is written: it opens the database named in `workerData`,
 * says so, and answers each request, in their order, with one reply.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { Retention } from '../../core/ports.js';
import type { PackedAppends } from './packed.js';
import { serveDatabase, type DatabaseFacts, type ServedDatabase } from './served-database.js';
import { LogWriter } from './log-writer.js';
import { reply } from './worker-reply.js';

/** What the thread is started with, and the one that reads. */
export interface WorkerData {
  readonly path: string;
}

/** What is asked of the thread. */
export type WriteRequest =
  | { readonly kind: 'append'; readonly appends: PackedAppends }
  | { readonly kind: 'probe' }
  | { readonly kind: 'trim'; readonly retention: Retention }
  | { readonly kind: 'close' };

function serve(port: MessagePort, served: ServedDatabase): void {
  const database = new LogWriter(served);
  port.on('message', (request: WriteRequest) => {
    reply(port, () => perform(database, served, request));
    if (request.kind === 'close') port.close();
  });
}

function perform(database: LogWriter, served: ServedDatabase, request: WriteRequest): unknown {
  switch (request.kind) {
    case 'append':
      return database.append(request.appends);
    case 'probe':
      return database.probe();
    case 'trim':
      return database.trim(request.retention);
    case 'close':
      return served.close();
  }
}

const { path } = workerData as WorkerData;
reply(parentPort!, (): DatabaseFacts => {
  const served = serveDatabase(path);
  serve(parentPort!, served);
  return served.facts;
});
