import { chatMessage } from '../protocol/codec.js';
import type { MessageWriters } from '../protocol/encodings.js';
import { MessageType, type ChatMessage } from '../protocol/messages.js';
import type { Form } from './form.js';
import { invariant } from './invariant.js';
import type { Entry } from './ports.js';

/** What an entry takes in memory beside its text: the object and its strings, as was measured. */
const entryOverheadBytes = 160;

/** The text itself, as a string of any characters. */
const bytesPerChar = 2;

/**
 * Consecutive entries of one room, encoded at most once per form and shared by all
 * who read them. What it says never changes.
 *
 * Invariant: their numbers follow each other without a gap.
 */
export class Batch {
  readonly room: string;
  /** At least one, in the order of their seq. */
  readonly entries: readonly Entry[];
  /** Is told how much more memory the batch needs than before. */
  onGrown: ((bytes: number) => void) | undefined;
  #weightBytes: number;
  readonly #encoded = new Map<Form, Uint8Array>();

  constructor(room: string, entries: readonly Entry[]) {
    this.room = room;
    this.entries = entries;
    let chars = 0;
    for (const { content, id, sender } of entries) {
      chars += content.length + id.length + sender.length;
    }
    this.#weightBytes = entries.length * entryOverheadBytes + chars * bytesPerChar;
  }

  /** Roughly what the batch keeps in memory; it grows with each form that it is encoded in. */
  get weightBytes(): number {
    return this.#weightBytes;
  }

  get firstSeq(): number {
    return this.entries[0]!.seq;
  }

  get lastSeq(): number {
    return this.entries.at(-1)!.seq;
  }

  /** The entries behind `seq`, at least one of which there is. */
  behind(seq: number): Batch {
    if (seq < this.firstSeq) return this;
    return new Batch(this.room, this.entries.slice(seq + 1 - this.firstSeq));
  }

  checkInvariants(): void {
    const isConsecutive = this.entries.every(({ seq }, index) => seq === this.firstSeq + index);
    invariant(isConsecutive, `a batch of ${this.room} has its numbers one after another`);
  }

  /** All entries as they are sent; the writer of the form's encoding is empty before and after. */
  bytes(form: Form, writers: MessageWriters): Uint8Array {
    let bytes = this.#encoded.get(form);
    if (bytes === undefined) {
      const writer = writers.of(form.encoding);
      for (const entry of this.entries) {
        if (form.isFull) writer.broadcast(this.room, entry);
        else writer.bareBroadcast(entry);
      }
      bytes = writer.take();
      this.#encoded.set(form, bytes);
      this.#weightBytes += bytes.length;
      this.onGrown?.(bytes.length);
    }
    return bytes;
  }
}

/** An entry as full sessions get it. */
export function broadcastMessage(room: string, entry: Entry): ChatMessage {
  const { content, id, sender, seq, sentAtMs } = entry;
  const type = MessageType.BROADCAST;
  return chatMessage({ content, type, id, room, sender, seq, sentAt: new Date(sentAtMs) });
}
