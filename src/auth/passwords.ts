import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { networkOf } from '../core/addresses.js';
import { ChatError } from '../protocol/errors.js';
import { ErrorCode } from '../protocol/messages.js';

/** What a hash costs: memory of 128 x r x 2^log2N bytes, and time (RFC 7914). */
export interface ScryptCost {
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
}

/** 128 MiB, and some 0.4 seconds of a core (OWASP, Password Storage Cheat Sheet). */
const defaultCost: ScryptCost = { log2N: 17, r: 8, p: 1 };

const saltBytes = 16;
const hashBytes = 32;

/** In bytes: shorter ones are guessed, and longer ones are no passwords. */
const passwordBytes = { min: 8, max: 1024 } as const;

/** So many may wait, which takes half a minute; who comes then is told to come later. */
const waitingMax = 64;

/** And so many of one network, so that it does not take all places. */
const waitingOfNetworkMax = 8;

/**
 * Hashes passwords, one after another: each takes a core and much memory, and the chat goes on
 * meanwhile. `address` is where a password comes from. Hashes are strings in the PHC format,
 * `$scrypt$ln=17,r=8,p=1$salt$hash` with base64 without padding.
 */
export class Passwords {
  readonly #cost: ScryptCost;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  readonly #waitingOf = new Map<string, number>();
  /** How long the last one took. */
  #tookMs = 0;

  constructor(cost: ScryptCost = defaultCost) {
    this.#cost = cost;
  }

  /** Rejects with BAD_PASSWORD for what cannot be one, and with TOO_BUSY. */
  async hash(password: string, address: string): Promise<string> {
    const bytes = Buffer.byteLength(password);
    if (bytes < passwordBytes.min || bytes > passwordBytes.max) {
      throw new ChatError(ErrorCode.ERROR_CODE_BAD_PASSWORD);
    }
    const salt = randomBytes(saltBytes);
    const hash = await this.#derive(password, { cost: this.#cost, salt }, address);
    return phcString(this.#cost, salt, hash);
  }

  /**
   * Whether it is the password of this hash. Without one, or with an empty one, it takes the same time, and is not.
   * Rejects with TOO_BUSY.
   */
  async verify(password: string, hash: string | undefined, address: string): Promise<boolean> {
    const { cost, salt, expected } =
      hash === undefined || hash === '' ? this.#nobodys() : parsed(hash);
    // What cannot be a password is none, at the same price.
    const tried = password.slice(0, passwordBytes.max);
    const derived = await this.#derive(tried, { cost, salt }, address);
    return timingSafeEqual(derived, expected) && tried === password;
  }

  /** Whether a new hash of the same password would be a better one. */
  isOutdated(hash: string): boolean {
    const { log2N, r, p } = parsed(hash).cost;
    return log2N !== this.#cost.log2N || r !== this.#cost.r || p !== this.#cost.p;
  }

  #nobodys(): ParsedHash {
    return { cost: this.#cost, salt: Buffer.alloc(saltBytes), expected: randomBytes(hashBytes) };
  }

  async #derive(
    password: string,
    { cost, salt }: Pick<ParsedHash, 'cost' | 'salt'>,
    address: string,
  ): Promise<Buffer> {
    const leave = this.#enter(networkOf(address));
    const derived = this.#last.then(async () => {
      const beganAtMs = performance.now();
      try {
        return await derive(password, salt, cost);
      } finally {
        leave();
        this.#tookMs = performance.now() - beganAtMs;
      }
    });
    this.#last = derived.catch(() => {});
    return await derived;
  }

  /** Takes a place among those who wait; returns what gives it up. */
  #enter(network: string): () => void {
    const ofNetwork = this.#waitingOf.get(network) ?? 0;
    if (this.#waiting >= waitingMax || ofNetwork >= waitingOfNetworkMax) {
      const retryAfterMs = Math.ceil((this.#waiting + 1) * this.#tookMs);
      throw new ChatError(ErrorCode.ERROR_CODE_TOO_BUSY, undefined, { retryAfterMs });
    }
    this.#waiting += 1;
    this.#waitingOf.set(network, ofNetwork + 1);
    return () => {
      this.#waiting -= 1;
      const left = this.#waitingOf.get(network)! - 1;
      if (left === 0) this.#waitingOf.delete(network);
      else this.#waitingOf.set(network, left);
    };
  }
}

async function derive(password: string, salt: Uint8Array, cost: ScryptCost): Promise<Buffer> {
  const N = 2 ** cost.log2N;
  const { r, p } = cost;
  // What it takes, and a little for itself.
  const options: ScryptOptions = { N, r, p, maxmem: 128 * N * r + 1024 * 1024 };
  return await new Promise((resolve, reject) => {
    scrypt(password, salt, hashBytes, options, (error, derived) => {
      if (error === null) resolve(derived);
      else reject(error);
    });
  });
}

interface ParsedHash {
  readonly cost: ScryptCost;
  readonly salt: Buffer;
  readonly expected: Buffer;
}

function phcString({ log2N, r, p }: ScryptCost, salt: Buffer, hash: Buffer): string {
  const [saltText, hashText] = [salt, hash].map((bytes) =>
    bytes.toString('base64').replace(/=+$/, ''),
  );
  return `$scrypt$ln=${log2N},r=${r},p=${p}$${saltText}$${hashText}`;
}

/** Throws for what was not written here. */
function parsed(hash: string): ParsedHash {
  const fields = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(
    hash,
  );
  if (fields === null) throw new Error('a password hash in the store is none');
  const [log2N, r, p] = fields.slice(1, 4).map(Number) as [number, number, number];
  const [salt, expected] = fields.slice(4).map((text) => Buffer.from(text, 'base64'));
  return { cost: { log2N, r, p }, salt: salt!, expected: expected! };
}
