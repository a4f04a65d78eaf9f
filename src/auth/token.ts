import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Authenticated, Authenticator, Credential, Identity } from '../core/ports.js';

/** 128 bits: nobody guesses them, and the token stays short. */
const macBytes = 16;

/** Longer than any token that is issued: names and authors are short. */
const tokenCharsMax = 1024;

/** What the secret is used for here; whatever else may use it signs something else. */
const purpose = 'tcp-chat token 1\n';

/**
 * Tokens that carry the identity and a proof that it was written here: base64url of
 * `["person","name"]` as JSON and the first 16 bytes of its HMAC-SHA256. Whoever has the
 * secret, after a restart for instance, knows them all; nothing is stored.
 */
export class HmacTokens implements Authenticator {
  readonly #secret: Uint8Array;

  /** `secret`: 32 random bytes that stay the same. */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  issue({ person, name }: Identity): string {
    const claim = Buffer.from(JSON.stringify([person, name]));
    return Buffer.concat([claim, this.#mac(claim)]).toString('base64url');
  }

  async authenticate(credential: Credential): Promise<Authenticated> {
    if (credential.kind === 'password') {
      const sentence = 'this server has no accounts: leave the password out';
      return { kind: 'unsupported', sentence };
    }
    const identity = this.identify(credential.token);
    if (identity !== undefined) return { kind: 'known', identity };
    return { kind: 'refused', sentence: 'this server has not issued that token' };
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

  #mac(claim: Uint8Array): Buffer {
    const mac = createHmac('sha256', this.#secret).update(purpose).update(claim).digest();
    return mac.subarray(0, macBytes);
  }
}
