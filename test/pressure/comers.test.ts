import { comingAttacks } from './small-attacks.js';
import { needProc } from './support/on-linux.js';
import { withstands } from './support/withstand.js';

// "Changes that come quickly after one another are told together"; "A client that closes gets
// what it is owed".
describe('a server withstands people who', () => {
  before(function () {
    needProc(this);
  });

  for (const { name, weapon } of comingAttacks) {
    it(name, async () => withstands(weapon));
  }
});
