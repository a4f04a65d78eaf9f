/**
 * The thread in which history is read, beside the one that writes: so a message never waits
 * for those who read old ones. It opens the database when it is asked to, which is when the
 * other thread has it open, and answers each call, in their order.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { Range, RoomRange } from '../../core/ports.js';
import { readDatabase, type Sqlite } from './database-file.js';
import { HeadsLookup, headsPathOf } from './heads-file.js';
import { LogReader } from './log-reader.js';
import type { WorkerData } from './write-worker.js';
import { reply, type Call } from './worker-reply.js';

/** What is asked of the thread: first to open, last to close. */
export type ReadRequest =
  | { readonly kind: 'open' }
  | { readonly kind: 'read'; readonly room: string; readonly range: Range }
  | { readonly kind: 'state'; readonly room: string }
  | { readonly kind: 'list'; readonly range: RoomRange }
  | { readonly kind: 'close' };

const { path } = workerData as WorkerData;
const port = parentPort!;
let sqlite: Sqlite | undefined;
let heads: HeadsLookup | undefined;
let reader: LogReader | undefined;

port.on('message', ({ id, request }: Call<ReadRequest>) => {
  reply(port, id, () => perform(request));
  if (request.kind === 'close') port.close();
});

function perform(request: ReadRequest): unknown {
  switch (request.kind) {
    case 'open':
      sqlite = readDatabase(path);
      heads = new HeadsLookup(headsPathOf(path));
      reader = new LogReader(sqlite, (roomId) => heads!.slot(roomId));
      return undefined;
    case 'read':
      return reader!.read(request.room, request.range);
    case 'state':
      return reader!.state(request.room);
    case 'list':
      return reader!.list(request.range);
    case 'close':
      sqlite?.close();
      heads?.close();
      return undefined;
  }
}
