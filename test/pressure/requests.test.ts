import { requestAttacks } from './small-attacks.js';
import { needProc } from './support/on-linux.js';
import { withstands } from './support/withstand.js';

// "It gets every message behind that place once, in order, at the speed at which it reads";
// "Requests of one session are answered in their order"; nothing is refused for being much.
describe('a server withstands sessions that', () => {
  before(function () {
    needProc(this);
  });

  for (const { name, weapon } of requestAttacks) {
    it(name, async () => withstands(weapon));
  }
});
