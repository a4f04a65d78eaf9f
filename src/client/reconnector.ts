import type { ChatError } from '../protocol/errors.js';
import { factsOf } from '../protocol/errors.js';
import type { ChatMessage, ErrorReply, Welcome } from '../protocol/messages.js';
import {
  Connection,
  type ConnectionOwner,
  type ConnectionTarget,
  type Loss,
} from './connection.js';
import type { ClientEnvironment } from './environment.js';
import { chatErrorOf, closedError, ConnectionError } from './errors.js';
import type { ClientState } from './events.js';
import type { Identity } from './identity.js';
import { Backoff } from './retry.js';

/** What goes over the connections that a reconnector keeps. */
export interface ReconnectorOwner {
  /** The id of the next request. */
  nextId(): string;
  /** A hello was written on a new connection; now whatever is to follow it at once. */
  greeted(): void;
  /** The server has let this client in. It is in use once `Reconnector.ready` is called. */
  welcomed(welcome: Welcome): void;
  message(message: ChatMessage): void;
  unknown(message: ChatMessage): void;
  /** The connection is gone; the next one begins with `greeted`. */
  lost(error: Error): void;
  /** The state has changed, after the first connection. */
  changed(state: ClientState): void;
  /** There will be no other connection. */
  ended(error: ConnectionError): void;
}

/** How a reconnector behaves. */
export interface ReconnectorOptions extends ConnectionTarget {
  /** Whether to connect again after a loss. */
  readonly reconnect: boolean;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A connection that was in use for so long was good: the next attempt comes soon. */
const goodAfterMs = 5000;

/** Hellos that are tried on one connection, with other names and without the token. */
const hellosMax = 4;

/**
 * Keeps a connection to the server: makes the first one, and another one after each
 * loss, until it is closed or told to stay away.
 */
export class Reconnector implements ConnectionOwner {
  state: ClientState = { kind: 'connecting', attempt: 1 };
  readonly #environment: ClientEnvironment;
  readonly #options: ReconnectorOptions;
  readonly #identity: Identity;
  readonly #owner: ReconnectorOwner;
  readonly #backoff: Backoff;
  #current: Connection | undefined;
  #first: Waiter | undefined;
  #attempt = 0;
  #isReady = false;
  #readyAtMs = 0;
  #stopWaiting: () => void = () => {};
  #isClosing = false;
  readonly #whenEnded: Array<() => void> = [];

  constructor(
    environment: ClientEnvironment,
    options: ReconnectorOptions,
    identity: Identity,
    owner: ReconnectorOwner,
  ) {
    this.#environment = environment;
    this.#options = options;
    this.#identity = identity;
    this.#owner = owner;
    this.#backoff = new Backoff(() => environment.random());
  }

  /** Whether messages can be sent now. */
  get isReady(): boolean {
    return this.#isReady && !this.#isClosing;
  }

  /** Whether the first connection is not in use yet. */
  get isFirst(): boolean {
    return this.#first !== undefined;
  }

  /** Whether there will be no other connection than the present one, if there is one. */
  get isEnding(): boolean {
    return this.#isClosing || this.state.kind === 'closed';
  }

  /** Makes the first connection; settles when it is in use, or rejects for good. */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#first = { resolve, reject };
      this.#connect();
    });
  }

  /** Writes on the present connection, if there is one. */
  write(message: ChatMessage): void {
    this.#current?.write(message);
  }

  /** The connection is in use from here on: welcomed, and in its rooms. */
  ready(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#readyAtMs = this.#environment.monotonicMs();
    this.#attempt = 0;
    this.#current?.opened();
    this.#change({ kind: 'open' });
    this.#first?.resolve();
    this.#first = undefined;
  }

  /** Gives the present connection up, for that reason. */
  fail(error: ConnectionError | ChatError): void {
    this.#current?.lose(error);
  }

  /** Connects anew at once, whether it waits or has a connection. */
  reconnect(): void {
    if (this.isEnding) return;
    if (this.#isReady) {
      const left = new ConnectionError('lost', 'the connection was replaced by a new one');
      this.#leave(left);
    } else if (this.state.kind !== 'waiting') return;
    this.#stopWaiting();
    this.#connect();
  }

  /** Settles when everything is gone. */
  async close(): Promise<void> {
    if (this.state.kind === 'closed') return;
    const ended = new Promise<void>((resolve) => this.#whenEnded.push(resolve));
    if (!this.#isClosing) {
      this.#isClosing = true;
      if (this.#isReady) this.#current?.close();
      else this.#end(closedError());
    }
    await ended;
  }

  dialled(connection: Connection): void {
    this.#greet(connection);
  }

  helloRefused(connection: Connection, refusal: ErrorReply): void {
    if (connection.hellos < hellosMax && this.#identity.adaptTo(refusal, !this.isFirst)) {
      this.#greet(connection);
      return;
    }
    const { closes, retryable } = factsOf(refusal.code);
    connection.lose(chatErrorOf(refusal), {
      mayReturn: closes || retryable || refusal.retryable,
      afterMs: refusal.retryAfterMs,
    });
  }

  welcomed(connection: Connection, welcome: Welcome): void {
    if (connection === this.#current) this.#owner.welcomed(welcome);
  }

  message(connection: Connection, message: ChatMessage): void {
    if (connection === this.#current) this.#owner.message(message);
  }

  unknown(connection: Connection, message: ChatMessage): void {
    if (connection === this.#current) this.#owner.unknown(message);
  }

  gone(connection: Connection, loss: Loss): void {
    if (connection !== this.#current) return;
    this.#leave(loss.error);
    this.#goOn(loss);
  }

  #connect(): void {
    this.#attempt += 1;
    this.#change({ kind: 'connecting', attempt: this.#attempt });
    this.#current = new Connection(this.#environment, this, this.#options);
  }

  #greet(connection: Connection): void {
    connection.hello(this.#owner.nextId(), this.#identity.hello());
    this.#owner.greeted();
  }

  /** Has no connection from here on. */
  #leave(error: Error): void {
    if (this.#isReady && this.#environment.monotonicMs() - this.#readyAtMs >= goodAfterMs) {
      this.#backoff.reset();
    }
    this.#isReady = false;
    const connection = this.#current;
    this.#current = undefined;
    connection?.destroy();
    this.#owner.lost(error);
  }

  /** Waits for the next attempt after a loss, or ends. */
  #goOn({ error, mayReturn, afterMs }: Loss): void {
    if (this.#first !== undefined) {
      this.#first.reject(error);
      this.#first = undefined;
      this.#end(asConnectionError(error));
    } else if (this.#isClosing || !this.#options.reconnect || !mayReturn) {
      this.#end(this.#isClosing ? closedError() : asConnectionError(error));
    } else {
      const delayMs = afterMs + this.#backoff.next();
      this.#stopWaiting = this.#environment.after(delayMs, () => this.#connect());
      const attempt = this.#attempt + 1;
      this.#change({ kind: 'waiting', attempt, delayMs, reason: error.message });
    }
  }

  #end(error: ConnectionError): void {
    this.#stopWaiting();
    this.#first?.reject(error);
    this.#current?.destroy();
    this.#current = undefined;
    this.#isReady = false;
    this.#change({ kind: 'closed', reason: error.message });
    this.#owner.ended(error);
    for (const resolve of this.#whenEnded) resolve();
  }

  #change(state: ClientState): void {
    this.state = state;
    // The first connection is what `connect` settles for.
    if (this.#first === undefined) this.#owner.changed(state);
  }
}

function asConnectionError(error: ConnectionError | ChatError): ConnectionError {
  if (error instanceof ConnectionError) return error;
  return new ConnectionError('refused', error.message, { cause: error });
}
