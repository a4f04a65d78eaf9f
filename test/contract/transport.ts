import { backpressureContract } from './transport/backpressure.js';
import { drainContract } from './transport/drain.js';
import { endsContract } from './transport/ends.js';
import { limitsContract } from './transport/limits.js';
import { orderContract } from './transport/order.js';
import { sharingContract } from './transport/sharing.js';
import { timeLimitsContract } from './transport/time-limits.js';
import type { Transport } from './transport/transport.js';

/**
 * What every transport promises (src/core/ports.ts, `Connection`, and chat.proto): each
 * test speaks over it to a server that runs as it does for everybody.
 */
export function transportContract(transport: Transport): void {
  describe(transport.name, () => {
    orderContract(transport);
    sharingContract(transport);
    backpressureContract(transport);
    limitsContract(transport);
    timeLimitsContract(transport);
    endsContract(transport);
    drainContract(transport);
  });
}
