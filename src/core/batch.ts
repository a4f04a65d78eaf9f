import { chatMessage } from '../protocol/codec.js';
import type { MessageWriters } from '../protocol/encodings.js';
import { MessageType, type ChatMessage, type Control } from '../protocol/messages.js';
import type { Rendering } from './rendering.js';
import { invariant } from './invariant.js';
import type { Change, Entry } from './ports.js';

/** What an entry takes in memory beside its text: the object and its strings, as was measured. */
const entryOverheadBytes = 160;

/** The text itself, as a string of any characters. */
const bytesPerChar = 2;

/**
 * Consecutive entries of one room, encoded at most once per rendering and shared by all
 * who read them. What it says changes only when a message is edited or removed.
 *
 * Invariant: their numbers follow each other without a gap.
 */
export class Batch {
  readonly room: string;
  readonly #entries: Entry[];
  /** Is told how much more memory the batch needs than before. */
  onGrown: ((bytes: number) => void) | undefined;
  /** Whether some of its entries are no messages. */
  readonly hasChanges: boolean = false;
  #weightBytes: number;
  readonly #encoded = new Map<Rendering, Uint8Array>();

  /** Takes at least one entry, in the order of their seq, and keeps the list. */
  constructor(room: string, entries: Entry[]) {
    this.room = room;
    this.#entries = entries;
    let chars = 0;
    for (const { change, content, id, sender } of entries) {
      chars += content.length + id.length + sender.length;
      if (change !== undefined) this.hasChanges = true;
    }
    this.#weightBytes = entries.length * entryOverheadBytes + chars * bytesPerChar;
  }

  /** Roughly what the batch keeps in memory; it grows with each rendering that it is encoded in. */
  get weightBytes(): number {
    return this.#weightBytes;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get firstSeq(): number {
    return this.entries[0]!.seq;
  }

  get lastSeq(): number {
    return this.entries.at(-1)!.seq;
  }

  /** The entries after `seq`, at least one of which there is. */
  after(seq: number): Batch {
    if (seq < this.firstSeq) return this;
    return new Batch(this.room, this.entries.slice(seq + 1 - this.firstSeq));
  }

  /** One of its entries is another one from now on; what was encoded is encoded again. */
  replace(entry: Entry): void {
    this.#entries[entry.seq - this.firstSeq] = entry;
    let bytes = 0;
    for (const encoded of this.#encoded.values()) bytes += encoded.length;
    this.#encoded.clear();
    this.#weightBytes -= bytes;
    this.onGrown?.(-bytes);
  }

  checkInvariants(): void {
    const isConsecutive = this.entries.every(({ seq }, index) => seq === this.firstSeq + index);
    invariant(isConsecutive, `a batch of ${this.room} has its numbers one after another`);
  }

  /** All entries as they are sent; the writer of their encoding is empty before and after. */
  bytes(rendering: Rendering, writers: MessageWriters): Uint8Array {
    let bytes = this.#encoded.get(rendering);
    if (bytes === undefined) {
      const writer = writers.of(rendering.encoding);
      for (const entry of this.entries) {
        if (entry.change !== undefined) {
          if (rendering.isFull) writer.message(entryMessage(this.room, entry));
        } else if (rendering.isFull) writer.broadcast(this.room, entry);
        else writer.bareBroadcast(entry);
      }
      bytes = writer.take();
      this.#encoded.set(rendering, bytes);
      this.#weightBytes += bytes.length;
      this.onGrown?.(bytes.length);
    }
    return bytes;
  }
}

/** An entry as full sessions get it. */
export function entryMessage(room: string, entry: Entry): ChatMessage {
  const { change, content, id, sender, seq, sentAtMs, editedAtMs } = entry;
  const common = { id, room, sender, seq, sentAt: new Date(sentAtMs) };
  if (change !== undefined) return chatMessage({ ...common, control: controlOf(change, content) });
  const editedAt = editedAtMs === 0 ? undefined : new Date(editedAtMs);
  return chatMessage({ ...common, content, type: MessageType.BROADCAST, editedAt });
}

function controlOf(change: Change, content: string): Control {
  switch (change.kind) {
    case 'edit':
      return { $case: 'edited', edited: { seq: change.targetSeq, content } };
    case 'removal':
      return { $case: 'removed', removed: { seq: change.targetSeq } };
    case 'topic':
      return { $case: 'topicChanged', topicChanged: { topic: content } };
  }
}
