import type { ChatMessage } from './messages.js';
import type { Utf8Range } from './utf8.js';

/** What a broadcast consists of, for those who are told all of it; the range is its content. */
export interface BroadcastFields extends Utf8Range {
  readonly id: string;
  readonly sender: string;
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly sentAtMs: number;
  /** The same of its present content; 0 if that is the original one. */
  readonly editedAtMs: number;
}

/** What an `Ack` says. */
export interface AckFields {
  readonly id: string;
  readonly room: string;
  readonly seq: number;
  readonly sentAtMs: number;
  readonly duplicate: boolean;
}

/** A page of a room's log. */
export interface PageFields {
  readonly room: string;
  /** Messages; and what is none, as it is sent. */
  readonly messages: ReadonlyArray<TextFields | ChatMessage>;
  readonly end: boolean;
  readonly epoch: string;
  readonly tailSeq: number;
}

/** A broadcast whose content is a string. */
export type TextFields = Omit<BroadcastFields, keyof Utf8Range> & { readonly content: string };

/** A message that was encoded before, without an id, to be sent several times. */
export interface EncodedMessage {
  readonly protobuf: Uint8Array;
  /** An object with at least one field. */
  readonly json: string;
}

/** Makes memory for bytes that are sent, its content undefined. */
export type Allocate = (bytes: number) => Uint8Array;

/**
 * Collects messages as the bytes of one encoding, to be sent with one write. It is used
 * again and again; `take` copies what was collected.
 */
export interface MessageWriter {
  /** Whether nothing has been collected. */
  readonly isEmpty: boolean;
  /** How many bytes have been collected, or about as many. */
  readonly bytes: number;
  /** A bare session's echo: the marked content, which lies in `bytes` as UTF-8. */
  bareEcho(bytes: Uint8Array, start: number, end: number): void;
  /** A full session's echo: the content as it is, and the id, which may be empty. */
  echo(bytes: Uint8Array, start: number, end: number, id: string): void;
  /** A bare session's broadcast. */
  bareBroadcast(fields: BroadcastFields): void;
  /** A full session's broadcast: all fields. */
  broadcast(room: string, fields: BroadcastFields): void;
  ack(fields: AckFields): void;
  /** The reply to a `fetch` with this id, which may be empty. */
  page(id: string, page: PageFields): void;
  /** Any message. What is no text in its content becomes U+FFFD. */
  message(message: ChatMessage): void;
  /** The same for one that was encoded before, with an id, which may be empty. */
  encoded(message: EncodedMessage, id: string): void;
  /** What was collected since the last `take`. */
  take(): Uint8Array;
}
