import type { Target } from './light-session.js';
import type { ChurnSpec } from '../weapons/churn.js';
import type { ComersSpec } from '../weapons/comers.js';
import type { FetchLoopSpec } from '../weapons/fetch-loop.js';
import type { HttpSpec } from '../weapons/http.js';
import type { OrdinarySpec } from '../weapons/ordinary.js';
import type { RequestsSpec } from '../weapons/requests.js';
import type { RoomNamesSpec } from '../weapons/room-names.js';
import type { WebSocketsSpec } from '../weapons/websockets.js';

/**
 * What a crowd of clients does that is allowed, each of them within all default limits.
 * It is given to a process of its own, so it is plain data.
 */
export type WeaponSpec =
  | RequestsSpec
  | WebSocketsSpec
  | FetchLoopSpec
  | ChurnSpec
  | RoomNamesSpec
  | ComersSpec
  | HttpSpec
  | OrdinarySpec;

/** The crowd, in its own process. */
export interface Weapon {
  /** Begins, or begins again. Nobody waits for the end of it. */
  strike(): void;
  /**
   * Settles when everybody has read what the server owed, as chat.proto says; rejects when
   * something was missing or wrong. For the small forms: the full ones owe too much.
   */
  settle(): Promise<void>;
  /** From now on the server may close connections. */
  mayEnd(): void;
  /** Ends all connections. */
  leave(): void;
  /** Times that were measured since the last look, in milliseconds. */
  timesMs?(): readonly number[];
}

/** Settles when everybody is connected, and the server has nothing more to do. */
export type ArmWeapon<Spec> = (target: Target, spec: Spec) => Promise<Weapon>;

/** What the parent says to the process of a weapon. */
export type Order = 'strike' | 'settle' | 'may end' | 'leave' | 'times';

/** What the process says; all but `failed` answer an order, or the start. */
export type Word =
  | { readonly kind: 'done'; readonly lost: readonly string[]; readonly timesMs: readonly number[] }
  | { readonly kind: 'failed'; readonly reason: string };

/** What a weapon's process is started with. */
export interface Job {
  readonly port: number;
  readonly httpPort: number;
  readonly spec: WeaponSpec;
}
