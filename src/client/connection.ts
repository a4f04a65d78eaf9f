import { chatMessage } from '../protocol/codec.js';
import { factsOf, type ChatError } from '../protocol/errors.js';
import { defaultLimits, marks } from '../protocol/limits.js';
import {
  ErrorCode,
  GoodbyeReason,
  MessageType,
  type ChatMessage,
  type Control,
  type ErrorReply,
  type Welcome,
} from '../protocol/messages.js';
import type { ClientEnvironment } from './environment.js';
import { closedError, ConnectionError, type ConnectionErrorKind } from './errors.js';
import { Heartbeat } from './heartbeat.js';
import { Link, type LinkOwner } from './link.js';
import type { Dial } from './stream.js';

/** Where a connection goes, and how long it may take until it is in use. */
export interface ConnectionTarget {
  readonly url: URL;
  readonly dial: Dial;
  readonly timeoutMs: number;
}

/** Why a connection is gone. */
export interface Loss {
  /** A `ChatError` when the hello was refused. */
  readonly error: ConnectionError | ChatError;
  /** Whether it makes sense to connect again. */
  readonly mayReturn: boolean;
  /** How long to wait before that, at least. */
  readonly afterMs: number;
}

/** Who is told what happens on a connection. `gone` is the last thing, unless it was destroyed. */
export interface ConnectionOwner {
  /** It stands: now say hello. */
  dialled(connection: Connection): void;
  /** The hello was refused: say another one, or `lose` it. */
  helloRefused(connection: Connection, refusal: ErrorReply): void;
  welcomed(connection: Connection, welcome: Welcome): void;
  /** Anything after the welcome that is not about the connection itself. */
  message(connection: Connection, message: ChatMessage): void;
  /** Something of a kind that this client does not know. */
  unknown(connection: Connection, message: ChatMessage): void;
  gone(connection: Connection, loss: Loss): void;
}

/** How long `close` waits for the server to end its side. */
const closeTimeoutMs = 2000;

/** One connection, from dialling to its end: the greeting, signs of life, goodbyes. */
export class Connection implements LinkOwner {
  /** How many times hello was said here. */
  hellos = 0;
  readonly #environment: ClientEnvironment;
  readonly #owner: ConnectionOwner;
  readonly #target: ConnectionTarget;
  readonly #link = new Link(this);
  readonly #abort = new AbortController();
  #isWelcomed = false;
  #isOpen = false;
  #isClosing = false;
  #isGone = false;
  #stopTimer: () => void;
  #heartbeat: Heartbeat | undefined;
  #helloId = '';
  #nonce = 0;
  /** What the server said before it closed. */
  #farewell = '';
  #mayReturn = true;
  /** As what the end of the connection counts. */
  #kind: ConnectionErrorKind = 'lost';
  #afterMs = 0;

  constructor(environment: ClientEnvironment, owner: ConnectionOwner, target: ConnectionTarget) {
    const { url, dial } = target;
    this.#environment = environment;
    this.#owner = owner;
    this.#target = target;
    this.#stopTimer = this.#expectAnswer();
    this.#link.open(url, dial, this.#abort.signal).then(
      () => {
        if (!this.#isGone) owner.dialled(this);
      },
      (error: Error) => this.lose(dialError(error)),
    );
  }

  /** Asks to be let in; answered by `welcomed` or `helloRefused`. */
  hello(id: string, hello: Extract<Control, { $case: 'hello' }>['hello']): void {
    this.hellos += 1;
    this.#helloId = id;
    this.write(chatMessage({ id, control: { $case: 'hello', hello } }));
  }

  write(message: ChatMessage): void {
    this.#link.write(message);
  }

  /** It is in use now: from here on it may take its time. */
  opened(): void {
    this.#isOpen = true;
    this.#stopTimer();
  }

  /** Sends what was written, and ends when the server has answered to it. */
  close(): void {
    if (this.#isClosing || this.#isGone) return;
    this.#isClosing = true;
    this.#stopTimer();
    // A server that does not answer is not waited for.
    this.#stopTimer = this.#environment.after(closeTimeoutMs, () => this.lose(closedError()));
    this.#link.end();
  }

  /** Ends it at once, for that reason. */
  lose(error: ConnectionError | ChatError, advice: Partial<Loss> = {}): void {
    if (this.#isGone) return;
    this.destroy();
    const { mayReturn = this.#mayReturn, afterMs = this.#afterMs } = advice;
    this.#owner.gone(this, { error, mayReturn, afterMs });
  }

  /** Ends it at once, without a word to the owner. */
  destroy(): void {
    this.#isGone = true;
    this.#stopTimer();
    this.#heartbeat?.stop();
    this.#abort.abort(closedError());
    this.#link.destroy();
  }

  heard(): void {
    this.#heartbeat?.heard();
    if (!this.#isWelcomed || this.#isOpen || this.#isClosing) return;
    // Between the answers to the joins comes history, which may take long on a slow line.
    this.#stopTimer();
    this.#stopTimer = this.#expectAnswer();
  }

  message(message: ChatMessage): void {
    const { control } = message;
    switch (control?.$case) {
      case 'ping':
        this.write(chatMessage({ id: message.id, control: { $case: 'pong', pong: control.ping } }));
        return;
      case 'pong':
        return;
      case 'goodbye':
        this.#farewell = control.goodbye.message;
        this.#afterMs = control.goodbye.reconnectAfterMs;
        this.#mayReturn = control.goodbye.reconnect;
        this.#kind = goodbyeKinds.get(control.goodbye.reason) ?? 'lost';
        return;
      case 'error':
        this.#heedError(control.error);
        break;
      default:
    }
    if (this.#isWelcomed) this.#owner.message(this, message);
    else this.#beforeWelcome(message);
  }

  unknown(message: ChatMessage): void {
    if (this.#isWelcomed) this.#owner.unknown(this, message);
  }

  closed(problem?: Error): void {
    const sentence = this.#farewell || 'the connection to the server was lost';
    const error = new ConnectionError(this.#kind, sentence, { cause: problem });
    this.lose(this.#isClosing ? closedError() : error);
  }

  garbled(problem: ChatError): void {
    const sentence = 'the peer is not a tcp-chat server';
    this.lose(new ConnectionError('lost', sentence, { cause: problem }));
  }

  #expectAnswer(): () => void {
    const { url, timeoutMs } = this.#target;
    return this.#environment.after(timeoutMs, () => {
      const sentence = `${url.host} did not answer within ${timeoutMs / 1000} s`;
      this.lose(new ConnectionError('timedOut', sentence));
    });
  }

  #heedError({ code, message, retryAfterMs }: ErrorReply): void {
    if (!factsOf(code).closes) return;
    this.#farewell = message;
    this.#afterMs = Math.max(this.#afterMs, retryAfterMs);
    if (code === ErrorCode.ERROR_CODE_REPLACED) this.#kind = 'replaced';
  }

  /** What comes before the welcome belongs to the bare session that this was until then. */
  #beforeWelcome({ control, content, type }: ChatMessage): void {
    if (control?.$case === 'welcome') {
      this.#enter(control.welcome);
    } else if (control?.$case === 'error') {
      // What was sent after a hello that was refused is refused as well.
      const { id } = control.error;
      if (id === '' || id === this.#helloId) this.#owner.helloRefused(this, control.error);
    } else if (type === MessageType.ECHO && content.startsWith(marks.error)) {
      this.lose(new ConnectionError('refused', content.slice(marks.error.length)));
    }
  }

  #enter(welcome: Welcome): void {
    this.#isWelcomed = true;
    const { frameBytesMax, silenceTimeoutMs, pongTimeoutMs } = welcome.limits ?? defaultLimits;
    if (frameBytesMax > 0) this.#link.frameBytesMax = frameBytesMax;
    this.#heartbeat = new Heartbeat(this.#environment, {
      silenceMs: silenceTimeoutMs,
      answerMs: pongTimeoutMs,
      ask: () => {
        this.#nonce += 1;
        this.write(chatMessage({ control: { $case: 'ping', ping: { nonce: this.#nonce } } }));
      },
      silent: () => this.lose(new ConnectionError('lost', 'the server does not respond')),
    });
    this.#owner.welcomed(this, welcome);
  }
}

/** Those after which a client does not come back by itself. */
const goodbyeKinds: ReadonlyMap<GoodbyeReason, ConnectionErrorKind> = new Map([
  [GoodbyeReason.GOODBYE_REASON_REPLACED, 'replaced'],
  [GoodbyeReason.GOODBYE_REASON_LOGGED_OUT, 'loggedOut'],
  [GoodbyeReason.GOODBYE_REASON_KICKED, 'kicked'],
]);

function dialError(error: Error): ConnectionError {
  if (error instanceof ConnectionError) return error;
  return new ConnectionError('unreachable', error.message, { cause: error });
}
