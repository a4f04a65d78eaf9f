import type { JoinOptions } from './place.js';

/** How to connect. */
export interface ConnectOptions {
  /** The name that others see; without one, the server gives a guest's name. */
  readonly name?: string;
  /**
   * The token of an earlier client, to be the same person again, with the same name
   * unless `name` is another one. Without effect if the server does not know it.
   */
  readonly token?: string;
  /**
   * A secret of 16 to 64 bytes that you make up at random and keep, instead of a token: who
   * connects with it first is somebody new, and the same person from then on. So the name that
   * was asked for is yours also when this client never hears that it has got it.
   */
  readonly claim?: string;
  /**
   * The password of the account `name`, to log in. It is needed once: `ChatClient.token` stands for
   * the log-in then.
   */
  readonly password?: string;
  /**
   * A token of the application's own log-in (JWT), for a server that takes those; a function is asked
   * for each connection, as such tokens expire.
   */
  readonly jwt?: string | (() => string);
  /**
   * Which of the person's devices, programs or browser tabs this is, at most 32 bytes; keep it
   * with the token. Of one device one client is connected: a second one ends the first, with
   * the error `replaced`. Clients with different ones stand side by side. Empty by default.
   */
  readonly device?: string;
  /** The rooms to be in, the lobby alone by default; see `ChatClient.join`. */
  readonly rooms?: ReadonlyArray<string | RoomToJoin>;
  /** Whether to connect again when the connection is lost; true by default. */
  readonly reconnect?: boolean;
  /** How long to wait for each answer of the server until this client is in its rooms; 8,000 by default. */
  readonly timeoutMs?: number;
  /** How many messages may wait for a connection; 10,000 by default. */
  readonly unconfirmedMax?: number;
  /** Program and version, for the server's log, which keeps 64 characters of it. */
  readonly clientName?: string;
}

/** A room to be in from the beginning. */
export interface RoomToJoin extends JoinOptions {
  readonly room: string;
}
