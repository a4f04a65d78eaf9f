import { decodeMessage } from '../../src/protocol/codec.js';
import { FrameDecoder } from '../../src/protocol/framing.js';
import { defaultLimits, marks } from '../../src/protocol/limits.js';
import type { ChatMessage } from '../../src/protocol/messages.js';
import type { GoneTexts } from './disk.js';

/**
 * Reads along what the server writes on one connection. The client library forgives a
 * message that comes twice; the protocol does not, so this does not either. And nothing
 * is written that the server knows to be removed, or to say something else by now.
 */
export class WireCheck {
  readonly #decoder = new FrameDecoder(defaultLimits.frameBytesMax);
  /** What has to come next in each room that was joined on this connection. */
  readonly #nextSeqs = new Map<string, number>();
  readonly #gone: GoneTexts;

  constructor(gone: GoneTexts) {
    this.#gone = gone;
  }

  written(piece: Uint8Array): void {
    // The decoder may keep what it is given.
    this.#decoder.push(piece.slice(), this);
  }

  frame(bytes: Uint8Array, start: number, end: number): boolean {
    const message = decodeMessage(bytes, start, end);
    const { control, id, room, seq } = message;
    this.#checkTexts(message);
    if (seq > 0) this.#entry(room, seq);
    switch (control?.$case) {
      case 'joined':
        this.#nextSeqs.set(control.joined.room, control.joined.firstSeq);
        break;
      case 'left':
        this.#nextSeqs.delete(control.left.room);
        break;
      case 'gap': {
        // It is about the page that follows, and moves nobody.
        if (id !== '') break;
        const { room: name, fromSeq, toSeq } = control.gap;
        const next = this.#nextSeqs.get(name);
        // The gap right after `joined` is before what follows; a later one takes its place.
        if (next !== undefined && toSeq >= next) {
          if (fromSeq !== next) throw new Error(`the gap in ${name} is not from ${next}`);
          this.#nextSeqs.set(name, toSeq + 1);
        }
        break;
      }
      default: // does not move anybody
    }
    return true;
  }

  #checkTexts(message: ChatMessage): void {
    const { control, content } = message;
    const text = content.startsWith(marks.broadcast)
      ? content.slice(marks.broadcast.length)
      : content;
    const { removed, replaced } = this.#gone;
    const edited = control?.$case === 'edited' ? control.edited.content : '';
    if (removed.has(text) || removed.has(edited)) {
      throw new Error(`the server sent "${text}${edited}", which was removed before`);
    }
    if (replaced.has(text)) throw new Error(`the server sent "${text}", which was edited before`);
    if (control?.$case === 'page') for (const one of control.page.messages) this.#checkTexts(one);
  }

  #entry(room: string, seq: number): void {
    const next = this.#nextSeqs.get(room);
    if (next === undefined) return;
    if (seq !== next) throw new Error(`the server sent ${room} ${seq} instead of ${next}`);
    this.#nextSeqs.set(room, next + 1);
  }
}
