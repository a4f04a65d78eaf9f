import { webSocketAttacks } from './small-attacks.js';
import { needProc } from './support/on-linux.js';
import { withstands } from './support/withstand.js';

// "A message from a client has at most Limits.frame_bytes_max bytes and 5, in at most 1,024
// fragments"; "the server now reads it more slowly".
describe('a server withstands WebSockets that', () => {
  before(function () {
    needProc(this);
  });

  for (const { name, weapon } of webSocketAttacks) {
    it(name, async () => withstands(weapon));
  }
});
