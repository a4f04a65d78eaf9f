import { ErrorCode } from '../protocol/messages.js';
import { isLoopback } from './addresses.js';
import { FailedLogins } from './failed-logins.js';

/** How many connections there may be: asked each time, so that it may change. */
export interface AdmissionOptions {
  readonly connectionsMax: number;
  /** From one address; loopback addresses may have `connectionsMax`. */
  readonly connectionsPerAddressMax: number;
  /** Whether the system has what the connection that came last needs; absent for "always". */
  readonly hasRoom?: () => boolean;
  /** Whether an address may have `connectionsMax` as well; absent for none. */
  readonly isExempt?: (address: string) => boolean;
}

/** Counts connections, in all and by address, so that nobody takes all of them; and failed logins. */
export class Admission {
  /** Those that failed, of sessions that were let in. */
  readonly failedLogins = new FailedLogins();
  readonly #options: AdmissionOptions;
  readonly #byAddress = new Map<string, number>();
  #count = 0;
  #isClosed = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Whether nobody is let in any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Lets nobody in from now on. */
  close(): void {
    this.#isClosed = true;
  }

  /** Counts one more connection, or says why there may not be another; then it is not counted. */
  enter(address: string): ErrorCode | undefined {
    const { connectionsMax, connectionsPerAddressMax, hasRoom } = this.#options;
    if (this.#isClosed) return ErrorCode.ERROR_CODE_SHUTTING_DOWN;
    if (this.#count >= connectionsMax || hasRoom?.() === false) {
      return ErrorCode.ERROR_CODE_TOO_MANY_CONNECTIONS;
    }
    const isExempt = isLoopback(address) || this.#options.isExempt?.(address) === true;
    const max = isExempt ? connectionsMax : connectionsPerAddressMax;
    const here = this.#byAddress.get(address) ?? 0;
    if (here >= max) return ErrorCode.ERROR_CODE_TOO_MANY_FROM_ADDRESS;
    this.#count += 1;
    this.#byAddress.set(address, here + 1);
    return undefined;
  }

  /** A connection that was let in is gone. */
  leave(address: string): void {
    this.#count -= 1;
    const here = this.#byAddress.get(address)! - 1;
    if (here === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, here);
  }
}
