import { createHash, createPublicKey } from 'node:crypto';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import type { Authenticated } from '../core/ports.js';
import { defaultLimits } from '../protocol/limits.js';
import { normalizedName } from '../protocol/names.js';

/** Longer ones are not looked at. */
const tokenCharsMax = 8192;

/** Clocks of different machines differ by so much. */
const clockToleranceSeconds = 5;

/** What keys of each kind are good for: a public key is never taken for a secret. */
const algorithms = {
  secret: ['HS256'],
  public: ['RS256', 'PS256', 'ES256', 'EdDSA'],
} as const;

/** How the server that an application's log-ins come from is asked for its keys. */
const remote = { timeoutDuration: 3000, cooldownDuration: 10_000 } as const;

/** Whose tokens are taken, and what they must say. */
export interface JwtRules {
  readonly keys: JwtKeys;
  /** `iss` and `aud`; empty for any. */
  readonly issuer: string;
  readonly audience: string;
  /** The claim with the name that others see. */
  readonly nameClaim: string;
}

/** Public keys with ids (RFC 7517). */
export type KeySet = JSONWebKeySet;

/** With what signatures are checked. */
export type JwtKeys =
  /** A secret that both sides have. */
  | { readonly kind: 'secret'; readonly secret: Uint8Array }
  /** A public key, as PEM. */
  | { readonly kind: 'public'; readonly pem: string }
  /** A set of public keys, with ids. */
  | { readonly kind: 'set'; readonly keys: KeySet }
  /** Where there is such a set; it is asked for again when a key is not in it. */
  | { readonly kind: 'url'; readonly url: URL };

type Key = Parameters<typeof jwtVerify>[1] | JWTVerifyGetKey;

/** Knows people by the tokens of an application's own log-in (JSON Web Token, RFC 7519). */
export class JwtLogins {
  readonly #rules: JwtRules;
  readonly #key: Key;
  readonly #wallMs: () => number;

  /** Throws for keys that are none. */
  constructor(rules: JwtRules, wallMs: () => number) {
    this.#rules = rules;
    this.#key = keyOf(rules.keys);
    this.#wallMs = wallMs;
  }

  /** Who that is, by `sub`, under the name of the claim. `exp` is required. */
  async authenticate(token: string): Promise<Authenticated> {
    if (token.length > tokenCharsMax) return refused('the token is too long');
    const { keys, issuer, audience } = this.#rules;
    const kind = keys.kind === 'secret' ? 'secret' : 'public';
    const wanted = {
      algorithms: [...algorithms[kind]],
      requiredClaims: ['exp', 'sub'],
      clockTolerance: clockToleranceSeconds,
      currentDate: new Date(this.#wallMs()),
      ...(issuer !== '' && { issuer }),
      ...(audience !== '' && { audience }),
    };
    try {
      const { payload } = await jwtVerify(token, this.#key as JWTVerifyGetKey, wanted);
      return this.#identity(payload);
    } catch (error) {
      // Whoever has the keys cannot be asked, perhaps: that says nothing of the token.
      if (!isAboutToken(error)) throw error;
      const isOver = error instanceof errors.JWTExpired;
      return refused(isOver ? 'the token has expired' : 'the token is not valid here');
    }
  }

  #identity(payload: JWTPayload): Authenticated {
    const { nameClaim } = this.#rules;
    const { iss = '', sub = '', [nameClaim]: claim } = payload;
    const name = typeof claim === 'string' ? normalizedName(claim, defaultLimits) : undefined;
    if (name === undefined) {
      return refused(`the token has no name in the claim "${nameClaim}" that can be one here`);
    }
    const digest = createHash('sha256')
      .update(JSON.stringify([iss, sub]))
      .digest('base64url');
    const login = { id: `jwt-${digest.slice(0, 12)}`, device: '', token: '' };
    return { kind: 'known', identity: { person: `jwt-${digest.slice(0, 22)}`, name, login } };
  }
}

function keyOf(keys: JwtKeys): Key {
  switch (keys.kind) {
    case 'secret':
      return keys.secret;
    case 'public':
      return createPublicKey(keys.pem);
    case 'set':
      return createLocalJWKSet(keys.keys);
    case 'url':
      return createRemoteJWKSet(keys.url, remote);
  }
}

/** By the codes of the library's errors. */
function isAboutToken(error: unknown): boolean {
  const { code = '' } = error as { code?: string };
  return /^ERR_(JWT|JWS)_|^ERR_JOSE_(ALG_NOT_ALLOWED|NOT_SUPPORTED)$|MATCHING_KEY/.test(code);
}

function refused(sentence: string): Authenticated {
  return { kind: 'refused', sentence };
}
