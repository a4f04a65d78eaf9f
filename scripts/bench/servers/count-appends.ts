// Loaded into the servers that keep rooms on disk with `--import`: counts how many
// messages they hand to the thread of their database at once, and says so on SIGURG.
import { Worker } from 'node:worker_threads';

interface AppendRequest {
  readonly kind: 'append';
  readonly appends: { readonly timesMs: readonly number[] };
}

function isAppend(request: unknown): request is AppendRequest {
  return (request as { readonly kind?: unknown } | null)?.kind === 'append';
}

let appends = 0;
let rows = 0;
const post = Reflect.get(Worker.prototype, 'postMessage') as (...all: unknown[]) => void;

Worker.prototype.postMessage = function (this: Worker, ...all: unknown[]): void {
  const [request] = all;
  if (isAppend(request)) {
    appends += 1;
    rows += request.appends.timesMs.length;
  }
  Reflect.apply(post, this, all);
};

process.on('SIGURG', () => process.stdout.write(`appended ${rows} in ${appends}\n`));
