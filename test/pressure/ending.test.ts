import { comingAttacks, requestAttacks, webSocketAttacks } from './small-attacks.js';
import { needProc } from './support/on-linux.js';
import { endsDuring } from './support/withstand.js';

// GOODBYE_REASON_SHUTTING_DOWN, and --drain-timeout-ms.
describe('a server ends with exit code 0 within 9 s of SIGTERM, while people', () => {
  before(function () {
    needProc(this);
  });

  const attacks = [...requestAttacks, ...webSocketAttacks, ...comingAttacks];
  for (const { name, weapon } of attacks.filter(({ isEndedIn }) => isEndedIn === true)) {
    it(name, async () => endsDuring(weapon));
  }
});
