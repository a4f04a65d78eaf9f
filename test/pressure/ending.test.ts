import { comingAttacks, requestAttacks, webSocketAttacks } from './small-attacks.js';
import { needProc } from './support/on-linux.js';
import { endsDuring } from './support/withstand.js';

/** Most of the time such a server waits for people who do not read. */
const atOnce = 4;

// GOODBYE_REASON_SHUTTING_DOWN, and --drain-timeout-ms.
describe('a server ends with exit code 0 within 9 s of SIGTERM', () => {
  before(function () {
    needProc(this);
  });

  const attacks = [...requestAttacks, ...webSocketAttacks, ...comingAttacks];
  for (let from = 0; from < attacks.length; from += atOnce) {
    const some = attacks.slice(from, from + atOnce);
    it(`while people ${some.map(({ name }) => name).join('; or ')}`, async () => {
      await Promise.all(some.map(async ({ weapon }) => endsDuring(weapon)));
    });
  }
});
