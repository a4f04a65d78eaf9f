// The process of the people, so that they do not share a core with whoever kills the
// server: `people-process.js PORT SEED`, by `fork`.
import { Random } from '../support/random.js';
import { People, type Totals } from './people.js';

/** What it is asked for, one after the other. */
export type Order =
  | { readonly kind: 'finish' }
  /** By the database at this path. */
  | { readonly kind: 'judge'; readonly path: string };

/** What it says: each step when it is done, and its totals now and then. */
export interface Report {
  readonly kind: 'gathered' | 'progress' | 'finished' | 'judged';
  readonly totals: Totals;
  /** The first of the problems, in words. */
  readonly problems: readonly string[];
}

const progressMs = 250;

process.on('disconnect', () => process.exit(1));
const [port, seed] = process.argv.slice(2).map(Number);
const people = await People.gather(port!, new Random(seed!));
const say = (kind: Report['kind']): void => {
  const report: Report = { kind, totals: people.totals, problems: people.problems.texts };
  process.send!(report);
};
say('gathered');
setInterval(() => say('progress'), progressMs);
process.on('message', (order: Order) => {
  obey(order).catch((error: Error) => {
    people.problems.add(String(error.stack));
    say(order.kind === 'finish' ? 'finished' : 'judged');
  });
});

async function obey(order: Order): Promise<void> {
  switch (order.kind) {
    case 'finish':
      await people.finish();
      return say('finished');
    case 'judge':
      people.judge(order.path);
      return say('judged');
  }
}
