import { broadcastMessage, chatMessage } from '../protocol/codec.js';
import type { MessageWriters } from '../protocol/encodings.js';
import type { MessageWriter } from '../protocol/message-writer.js';
import type { ChatMessage, Control } from '../protocol/messages.js';
import { utf8Range } from '../protocol/utf8.js';
import type { Rendering } from './rendering.js';
import type { Change } from './drafts.js';
import { MessageFields, type Entries, type Entry } from './entries.js';

/**
 * Consecutive entries of one room, encoded at most once per rendering and shared by all
 * who read them. What it says changes only when a message is edited or removed.
 */
export class Batch {
  readonly room: string;
  readonly entries: Entries;
  /** Is told how much more memory the batch needs than before. */
  onGrown: ((bytes: number) => void) | undefined;
  #weightBytes: number | undefined;
  readonly #encoded = new Map<Rendering, Uint8Array>();

  constructor(room: string, entries: Entries) {
    this.room = room;
    this.entries = entries;
  }

  /** Roughly what the batch keeps in memory; it grows with each rendering that it is encoded in. */
  get weightBytes(): number {
    return (this.#weightBytes ??= this.entries.weightBytes);
  }

  get firstSeq(): number {
    return this.entries.firstSeq;
  }

  get lastSeq(): number {
    return this.entries.lastSeq;
  }

  /** The entries after `seq`, at least one of which there is. */
  after(seq: number): Batch {
    if (seq < this.firstSeq) return this;
    return new Batch(this.room, this.entries.after(seq));
  }

  /** One of its entries is another one from now on; what was encoded is encoded again. */
  replace(entry: Entry): void {
    this.entries.replace(entry);
    let bytes = 0;
    for (const encoded of this.#encoded.values()) bytes += encoded.length;
    this.#encoded.clear();
    this.#grow(-bytes);
  }

  /** All entries as they are sent; the writer of their encoding is empty before and after. */
  bytes(rendering: Rendering, writers: MessageWriters): Uint8Array {
    let bytes = this.#encoded.get(rendering);
    if (bytes === undefined) {
      bytes = this.#encode(rendering, writers.of(rendering.encoding));
      this.#encoded.set(rendering, bytes);
      this.#grow(bytes.length);
    }
    return bytes;
  }

  #encode({ isFull }: Rendering, writer: MessageWriter): Uint8Array {
    const { entries, room, lastSeq } = this;
    for (let seq = this.firstSeq; seq <= lastSeq; seq += 1) {
      const other = entries.otherAt(seq);
      if (other === undefined) entries.readFields(seq, fields);
      else if (other.change === undefined) Object.assign(fields, other, utf8Range(other.content));
      else {
        if (isFull) writer.message(changeMessage(room, other, other.change));
        continue;
      }
      if (isFull) writer.broadcast(room, fields);
      else writer.bareBroadcast(fields);
    }
    return writer.take();
  }

  #grow(bytes: number): void {
    this.#weightBytes = this.weightBytes + bytes;
    this.onGrown?.(bytes);
  }
}

/** One is enough for all batches: they are written one after another. */
const fields = new MessageFields();

/** An entry as full sessions get it. */
export function entryMessage(room: string, entry: Entry): ChatMessage {
  const { change } = entry;
  return change === undefined ? broadcastMessage(room, entry) : changeMessage(room, entry, change);
}

/** The same of one that is no message. */
export function changeMessage(
  room: string,
  { id, sender, seq, content, sentAtMs }: Entry,
  change: Change,
): ChatMessage {
  const control = controlOf(change, content);
  return chatMessage({ id, room, sender, seq, sentAt: new Date(sentAtMs), control });
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
