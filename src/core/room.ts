import type { FrameWriter } from '../protocol/codec.js';
import type { Batch, Form } from './batch.js';
import type { Cursor } from './cursor.js';
import { Log } from './log.js';
import type { Draft } from './ports.js';

/** A room: its log, the cursors that are live in it, and what is about to be appended. */
export class Room {
  readonly name: string;
  readonly log: Log;
  readonly #writer: FrameWriter;
  readonly #live: Readonly<Record<Form, Set<Cursor>>> = { bare: new Set(), full: new Set() };
  #drafts: Draft[] = [];

  /** `writer` is scratch space for encoding, shared with whoever does not use it meanwhile. */
  constructor(name: string, logBytesMax: number, writer: FrameWriter) {
    this.name = name;
    this.log = new Log(name, logBytesMax);
    this.#writer = writer;
  }

  /** Adds a message to those of this turn; `flush` gives it its number. */
  publish(draft: Draft): void {
    this.#drafts.push(draft);
  }

  /**
   * Appends all that was published in this turn and hands it to every live cursor:
   * one batch, encoded once per form, one write per session. The number of writes
   * is what a fan-out costs, so a busy turn costs hardly more than a quiet one.
   */
  flush(): Batch | undefined {
    if (this.#drafts.length === 0) return undefined;
    const drafts = this.#drafts;
    this.#drafts = [];
    const batch = this.log.append(drafts);
    this.#fanOut(batch, 'bare');
    this.#fanOut(batch, 'full');
    return batch;
  }

  frames(batch: Batch, form: Form): Uint8Array {
    return batch.frames(form, this.#writer);
  }

  addLive(cursor: Cursor): void {
    this.#live[cursor.session.form].add(cursor);
  }

  removeLive(cursor: Cursor): void {
    this.#live[cursor.session.form].delete(cursor);
  }

  #fanOut(batch: Batch, form: Form): void {
    const cursors = this.#live[form];
    if (cursors.size === 0) return;
    const bytes = this.frames(batch, form);
    for (const cursor of cursors) {
      if (!cursor.session.write(bytes)) cursor.session.fallBehind(cursor, batch.lastSeq);
    }
  }
}
