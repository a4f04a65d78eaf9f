import type { InheritedSockets } from '../transports/listeners.js';
import { ExitError, exitCodes } from './exit-codes.js';

/** The first descriptor that a service manager hands over; before it come those of every process. */
const firstFd = 3;

/**
 * The sockets that a service manager hands over (sd_listen_fds(3)); undefined when it does not.
 * Those named `http` are for browsers, all others for everybody. Throws `ExitError` when there are
 * only such for browsers.
 */
export function inheritedSockets(
  { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES = '' }: Readonly<NodeJS.ProcessEnv>,
  pid: number,
): InheritedSockets | undefined {
  const count = Number(LISTEN_FDS);
  // They may be meant for a process that has started this one.
  if (Number(LISTEN_PID) !== pid || !Number.isInteger(count) || count < 1) return undefined;
  const names = LISTEN_FDNAMES.split(':');
  const tcp: number[] = [];
  const http: number[] = [];
  for (let index = 0; index < count; index += 1) {
    (names[index] === 'http' ? http : tcp).push(firstFd + index);
  }
  if (tcp.length > 0) return { tcp, http };
  throw new ExitError(
    exitCodes.usage,
    'of the sockets that were handed over (LISTEN_FDS), one must have another name than http',
  );
}
