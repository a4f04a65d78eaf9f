import { chatMessage } from '../protocol/codec.js';
import { ChatError, factsOf } from '../protocol/errors.js';
import { lobbyName } from '../protocol/limits.js';
import {
  ErrorCode,
  MessageType,
  type ChatMessage,
  type Control,
  type Limits,
} from '../protocol/messages.js';
import { textOf } from './changes.js';
import { isRoomName } from '../protocol/names.js';
import { utf8Bytes } from '../protocol/utf8.js';
import { ConnectionError } from './errors.js';
import type { Ack, Delivery } from './events.js';

/** How to send. */
export interface SendOptions {
  /** BROADCAST by default. */
  readonly type?: MessageType;
  /** The room to broadcast to, which the client must be in; the lobby by default. */
  readonly room?: string;
  /**
   * The message's own id, at most 64 bytes; a new one by default. What has failed is
   * accepted at most once, however often it is sent under the same id.
   */
  readonly id?: string;
}

/** How to change something in a room's log. */
export type ChangeOptions = Pick<SendOptions, 'id'>;

/** What a message is written on. */
export interface OutgoingPort {
  write(message: ChatMessage): void;
  told(delivery: Delivery): void;
  /** Calls back after what was told. */
  settle<Value>(callback: (value: Value) => void, value: Value): void;
}

/** An own message, or change, that is not confirmed yet. */
export interface Unconfirmed {
  readonly id: string;
  readonly room: string;
  readonly content: string;
  readonly type: MessageType;
  readonly resolve: (ack: Ack) => void;
  readonly reject: (error: Error) => void;
  /** As which person it was written, see `Identity.personsEver`, and in which epoch; 0 if it was not. */
  person: number;
  epoch: string;
  /** The request that it is, if it is no message. */
  readonly control?: Control;
}

/** A change of a room's log, as it was asked for in an epoch; empty if that was not known. */
interface ChangeRequest {
  readonly room: string;
  readonly control: Control;
  readonly epoch: string;
}

/**
 * The own messages until they are confirmed, in the order in which they were sent. They
 * are written again on every new connection, under the same ids, by which the server
 * knows what it has already (chat.proto, "Sending").
 */
export class Outgoing {
  readonly #port: OutgoingPort;
  readonly #messages = new Map<string, Unconfirmed>();

  constructor(port: OutgoingPort) {
    this.#port = port;
  }

  /** How many are not confirmed. */
  get size(): number {
    return this.#messages.size;
  }

  /** Those that are not confirmed, the oldest first. */
  list(): readonly Delivery[] {
    const messages = Array.from(this.#messages.values()).filter(isMessage);
    return messages.map((message) => deliveryOf(message, 'pending'));
  }

  /** Takes a message, to be written by `write`. Throws `ChatError` for what the server would refuse. */
  add(
    content: string,
    { type = MessageType.BROADCAST, room = '', id = '' }: SendOptions,
    limits: Limits,
    settle: Pick<Unconfirmed, 'resolve' | 'reject'>,
  ): Unconfirmed {
    check(content, type, { id, room }, limits);
    if (this.#messages.has(id)) {
      throw new ChatError(
        ErrorCode.ERROR_CODE_ID_REUSED,
        `a message with the id ${id} is already being sent`,
      );
    }
    const isEcho = type === MessageType.ECHO;
    const message: Unconfirmed = {
      id,
      room: isEcho ? '' : room || lobbyName,
      content,
      type,
      resolve: settle.resolve,
      reject: settle.reject,
      person: 0,
      epoch: '',
    };
    this.#messages.set(id, message);
    this.#port.told(deliveryOf(message, 'pending'));
    return message;
  }

  /** Takes a change, to be written by `write`. Throws `ChatError` for what the server would refuse. */
  addChange(
    id: string,
    { room, control, epoch }: ChangeRequest,
    limits: Limits,
    { resolve, reject }: Pick<Unconfirmed, 'resolve' | 'reject'>,
  ): Unconfirmed {
    const content = textOf(control);
    const type = control.$case === 'edit' ? MessageType.BROADCAST : MessageType.ECHO;
    check(content, type, { id, room }, limits);
    const change = { id, room, content, type, resolve, reject, person: 0, epoch, control };
    this.#messages.set(id, change);
    return change;
  }

  /** Writes a message, as that person and into that epoch of its room. */
  write(message: Unconfirmed, person: number, epoch: string): void {
    message.person = person;
    message.epoch = epoch;
    const { id, room, content, type, control } = message;
    this.#port.write(
      chatMessage(control === undefined ? { id, room, content, type } : { id, control }),
    );
  }

  /** Writes everything again, on a new connection. */
  writeAll(person: number, epochOf: (room: string) => string): void {
    for (const message of this.#messages.values()) {
      const epoch = epochOf(message.room);
      if (isOfAnotherLog(message, epoch)) {
        const error = new ChatError(ErrorCode.ERROR_CODE_NO_SUCH_MESSAGE);
        this.#fail(message, error);
      } else if (isUncertain(message, person, epoch)) {
        const sentence =
          'the server no longer knows this client, so the message may or may not have been stored';
        this.#fail(message, new ConnectionError('lost', sentence));
      } else {
        this.write(message, person, epoch);
      }
    }
  }

  /** The server has a broadcast. */
  acked(ack: Ack): void {
    const message = this.#messages.get(ack.id);
    if (message !== undefined && message.room === ack.room) this.#settle(message, ack);
  }

  /** An echo has come. */
  echoed(id: string): void {
    const message = this.#messages.get(id);
    if (message?.type !== MessageType.ECHO || !isMessage(message)) return;
    this.#settle(message, { id, room: '', seq: 0, sentAt: undefined, duplicate: false });
  }

  /** Something was refused; returns whether it is one of these. */
  refused(id: string, error: ChatError): boolean {
    const message = this.#messages.get(id);
    if (message === undefined) return false;
    // A server that stops has not accepted it; the next one may.
    const { closes, retryable } = factsOf(error.code);
    if (!(closes && retryable)) this.#fail(message, error);
    return true;
  }

  /** Nothing will be confirmed any more. */
  end(error: Error): void {
    for (const message of this.#messages.values()) this.#fail(message, error);
  }

  #settle(message: Unconfirmed, ack: Ack): void {
    this.#messages.delete(message.id);
    if (isMessage(message)) this.#port.told({ ...deliveryOf(message, 'sent'), ack });
    this.#port.settle(message.resolve, ack);
  }

  #fail(message: Unconfirmed, error: Error): void {
    this.#messages.delete(message.id);
    if (isMessage(message)) this.#port.told({ ...deliveryOf(message, 'failed'), error });
    this.#port.settle(message.reject, error);
  }
}

/** Whether a change is about messages of a numbering that is over. */
function isOfAnotherLog({ control, epoch: asked }: Unconfirmed, epoch: string): boolean {
  if (control?.$case !== 'edit' && control?.$case !== 'remove') return false;
  return asked !== '' && asked !== epoch;
}

function isMessage({ control }: Unconfirmed): boolean {
  return control === undefined;
}

/**
 * Whether a message may have been accepted from the person that this client was before,
 * so that as another one it could be accepted twice. In a room whose numbering has
 * started anew it has not been.
 */
function isUncertain({ type, ...written }: Unconfirmed, person: number, epoch: string): boolean {
  const isEcho = type === MessageType.ECHO && written.control === undefined;
  if (isEcho || written.person === 0) return false;
  return written.person !== person && written.epoch === epoch;
}

function deliveryOf({ id, room, content, type }: Unconfirmed, state: Delivery['state']): Delivery {
  return { id, room, content, type, state };
}

/** Refuses what the server would refuse, which might end the connection for it. */
function check(
  content: string,
  type: MessageType,
  { id, room }: { readonly id: string; readonly room: string },
  limits: Limits,
): void {
  const bytes = utf8Bytes(content);
  const max = limits.contentBytesMax;
  if (max > 0 && bytes > max) {
    const sentence = `the content is ${bytes} bytes long; the limit is ${max} bytes`;
    throw new ChatError(ErrorCode.ERROR_CODE_CONTENT_TOO_LONG, sentence);
  }
  if (content === '' && type === MessageType.BROADCAST) {
    throw new ChatError(ErrorCode.ERROR_CODE_EMPTY_CONTENT);
  }
  if (room !== '') checkRoom(room, limits);
  if (limits.idBytesMax > 0 && utf8Bytes(id) > limits.idBytesMax) {
    throw new ChatError(ErrorCode.ERROR_CODE_ID_TOO_LONG);
  }
}

/** Throws for what cannot be a room's name. */
export function checkRoom(room: string, limits: Limits): void {
  if (!isRoomName(room, limits)) throw new ChatError(ErrorCode.ERROR_CODE_BAD_ROOM_NAME);
}
