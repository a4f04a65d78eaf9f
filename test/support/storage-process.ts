// A process that has a storage open and does what it is told by its parent, each as it comes:
// node storage-process.js DATABASE
import { codeOf } from '../../src/store/errors.js';
import { SqliteStorage } from '../../src/store/sqlite/storage.js';
import { append, draft } from '../contract/store.js';

/** What it is asked. */
export interface StorageRequest {
  readonly id: number;
  readonly kind: 'append' | 'probe' | 'head';
  /** Of the message that is appended to the lobby. */
  readonly content: string;
}

/** What it answers: a number of a message, or a code. */
export interface StorageAnswer {
  readonly id: number;
  readonly seq?: number;
  readonly code?: string;
}

const storage = await SqliteStorage.open(process.argv[2]!);

async function perform({ kind, content }: StorageRequest): Promise<number> {
  switch (kind) {
    case 'append':
      return (await append(storage.log, 'lobby', 1, () => draft(content))).firstSeq;
    case 'probe':
      await storage.log.probe();
      return 0;
    case 'head':
      return (await storage.log.state('lobby')).headSeq;
  }
}

process.on('message', (request: StorageRequest) => {
  const { id } = request;
  perform(request).then(
    (seq) => process.send!({ id, seq } satisfies StorageAnswer),
    (error: unknown) => process.send!({ id, code: codeOf(error) } satisfies StorageAnswer),
  );
});
