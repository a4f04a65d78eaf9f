import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Authenticated, Credential, Identity } from '../core/ports.js';

/** 128 bits: nobody guesses them, and the token stays short. */
const macBytes = 16;

/** Longer than any token that is issued: names and authors are short. */
const tokenCharsMax = 1024;

/** What the secret is used for here; whatever else may use it signs something else. */
const purpose = 'tcp-chat token 1\n';
const claimPurpose = 'tcp-chat claim 1\n';

/** Nobody guesses the shortest, and the longest takes no room. */
const claimBytesMin = 16;
const claimBytesMax = 64;

/** Of persons who have come with a claim; the ids of others are numbers. */
const claimPrefix = 'c-';
const personBytes = 12;

/**
 * Tokens that carry the identity and a proof that it was written here: base64url of
 * `["person","name"]` as JSON and the first 16 bytes of its HMAC-SHA256. Whoever has the
 * secret, after a restart for instance, knows them all; nothing is stored.
 */
export class HmacTokens {
  readonly #secret: Uint8Array;

  /** `secret`: 32 random bytes that stay the same. */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  issue({ person, name }: Identity): string {
    const claim = Buffer.from(JSON.stringify([person, name]));
    return Buffer.concat([claim, this.#mac(claim)]).toString('base64url');
  }

  authenticate(credential: Extract<Credential, { kind: 'token' | 'claim' }>): Authenticated {
    if (credential.kind === 'claim') return this.#claimed(credential.claim);
    const identity = this.identify(credential.token);
    if (identity !== undefined) return { kind: 'known', identity };
    return { kind: 'refused', sentence: 'this server did not issue that token' };
  }

  /** Undefined for what was not issued here. */
  identify(token: string): Identity | undefined {
    if (token.length > tokenCharsMax) return undefined;
    const bytes = Buffer.from(token, 'base64url');
    // The decoder skips what is not base64url; a token is exactly what was issued.
    if (bytes.length <= macBytes || bytes.toString('base64url') !== token) return undefined;
    const claim = bytes.subarray(0, -macBytes);
    if (!timingSafeEqual(bytes.subarray(-macBytes), this.#mac(claim))) return undefined;
    const [person, name] = JSON.parse(claim.toString()) as [string, string];
    return { person, name };
  }

  /** The person's id comes from the claim, so nothing needs to be remembered. */
  #claimed(claim: string): Authenticated {
    const bytes = Buffer.byteLength(claim);
    if (bytes < claimBytesMin || bytes > claimBytesMax) {
      const sentence = `a claim must have ${claimBytesMin} to ${claimBytesMax} bytes`;
      return { kind: 'refused', sentence };
    }
    const mac = createHmac('sha256', this.#secret).update(claimPurpose).update(claim).digest();
    const person = claimPrefix + mac.subarray(0, personBytes).toString('base64url');
    return { kind: 'known', identity: { person, name: '' } };
  }

  #mac(claim: Uint8Array): Buffer {
    const mac = createHmac('sha256', this.#secret).update(purpose).update(claim).digest();
    return mac.subarray(0, macBytes);
  }
}
