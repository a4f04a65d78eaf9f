import { chatMessage } from '../protocol/codec.js';
import type { Encoding } from '../protocol/encodings.js';
import { ChatError, factsOf } from '../protocol/errors.js';
import type { AckFields, MessageWriter } from '../protocol/message-writer.js';
import type { ChatMessage } from '../protocol/messages.js';
import type { Rendering } from './rendering.js';
import { errorNotice } from './notices.js';
import type { Observer } from './ports.js';
import type { ReplyBuffer } from './reply-buffer.js';
import type { Submitter } from './submission.js';

/** Who is answered. */
export interface Answered {
  readonly rendering: Rendering;
  readonly encoding: Encoding;
  readonly takesMessages: boolean;
  /** Sends replies; who does not take them is not read for a while. */
  answer(replies: Uint8Array): void;
  /** Ends it with an error. */
  closeWithError(error: ChatError, id: string): void;
}

/** What replies need. */
export interface ReplyParts {
  readonly replyBuffer: ReplyBuffer;
  readonly observer: Observer;
}

/**
 * What a session is answered. Between `open` and `close` replies are collected, for one write;
 * at any other time there can be none, and what is said then is told (`Session.tell`).
 */
export class Replies implements Submitter {
  readonly #session: Answered;
  readonly #parts: ReplyParts;
  #writer: MessageWriter | undefined;

  constructor(session: Answered, parts: ReplyParts) {
    this.#session = session;
    this.#parts = parts;
  }

  open(): void {
    this.#writer = this.#parts.replyBuffer.lend(this, this.#session.encoding);
  }

  /** Sends what has been collected. */
  close(): void {
    this.flush();
    this.#writer = undefined;
    this.#parts.replyBuffer.giveBack(this);
  }

  /** Where replies are written to. */
  get writer(): MessageWriter {
    if (this.#writer === undefined) throw new Error('replies are not open');
    return this.#writer;
  }

  add(message: Partial<ChatMessage>): void {
    this.writer.message(chatMessage(message));
  }

  /** Answers a frame with the error for which it was refused; some end the session. */
  refuse(error: unknown, id: string): void {
    if (!(error instanceof ChatError)) throw error;
    if (factsOf(error.code).closes) this.#session.closeWithError(error, id);
    else {
      this.#parts.observer.refused?.(error.code);
      this.add(errorNotice(this.#session.rendering, error, id));
    }
  }

  /** Sends what has been collected so far. */
  flush(): void {
    const { writer } = this;
    if (!writer.isEmpty) this.#session.answer(writer.take());
  }

  get wantsAcks(): boolean {
    return this.#session.rendering.isFull;
  }

  acked(acks: readonly AckFields[]): void {
    if (!this.#session.takesMessages) return;
    this.open();
    for (const ack of acks) this.writer.ack(ack);
    this.close();
  }

  refused(error: ChatError, ids: readonly string[]): void {
    if (!this.#session.takesMessages) return;
    this.open();
    for (const id of ids) this.refuse(error, id);
    this.close();
  }
}
