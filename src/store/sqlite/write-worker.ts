/**
 * The thread in which the database is written: it opens the database named in `workerData`,
 * says so, and answers each call, in their order but for an append that is in doubt.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { HeldName, Retention } from '../../core/ports.js';
import type { AccountCall } from './account-rows.js';
import { LogWriter } from './log-writer.js';
import type { PackedAppends } from './packed.js';
import { serveDatabase, type DatabaseFacts, type ServedDatabase } from './served-database.js';
import { firstWord, reply, type Call } from './worker-reply.js';

/** What the thread is started with, and the one that reads. */
export interface WorkerData {
  readonly path: string;
}

/** What is asked of the thread. */
export type WriteRequest =
  | { readonly kind: 'append'; readonly appends: PackedAppends }
  | { readonly kind: 'probe' }
  | { readonly kind: 'trim'; readonly retention: Retention }
  | { readonly kind: 'names' }
  | { readonly kind: 'save names'; readonly names: readonly HeldName[] }
  | { readonly kind: 'accounts'; readonly call: AccountCall }
  | { readonly kind: 'close' };

function serve(port: MessagePort, served: ServedDatabase): void {
  const log = new LogWriter(served);
  port.on('message', ({ id, request }: Call<WriteRequest>) => {
    reply(port, id, () => perform(log, served, request));
    if (request.kind === 'close') port.unref();
  });
}

function perform(log: LogWriter, served: ServedDatabase, request: WriteRequest): unknown {
  switch (request.kind) {
    case 'append':
      return log.append(request.appends);
    case 'probe':
      return log.probe();
    case 'trim':
      return log.trim(request.retention);
    case 'names':
      return log.names();
    case 'save names':
      return log.saveNames(request.names);
    case 'accounts':
      return log.accounts(request.call);
    case 'close':
      return close(log, served);
  }
}

async function close(log: LogWriter, served: ServedDatabase): Promise<void> {
  log.close();
  // What has become known by this is answered first.
  await new Promise<void>((resolve) => setImmediate(resolve));
  served.close();
}

const { path } = workerData as WorkerData;
reply(parentPort!, firstWord, (): DatabaseFacts => {
  const served = serveDatabase(path);
  serve(parentPort!, served);
  return served.facts;
});
