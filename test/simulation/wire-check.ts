import { decodeMessage } from '../../src/protocol/codec.js';
import { FrameDecoder } from '../../src/protocol/framing.js';
import { defaultLimits } from '../../src/protocol/limits.js';

/**
 * Reads along what the server sends on one connection. The client library forgives a
 * message that comes twice; the protocol does not, so this does not either.
 */
export class WireCheck {
  readonly #decoder = new FrameDecoder(defaultLimits.frameBytesMax);
  /** What has to come next in each room that was joined on this connection. */
  readonly #nextSeqs = new Map<string, number>();

  received(piece: Uint8Array): void {
    // The decoder may keep what it is given.
    this.#decoder.push(piece.slice(), this);
  }

  frame(bytes: Uint8Array, start: number, end: number): boolean {
    const { control, id, room, seq } = decodeMessage(bytes, start, end);
    switch (control?.$case) {
      case undefined:
        if (seq > 0) this.#message(room, seq);
        break;
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
        // The gap right behind `joined` is before what follows; a later one takes its place.
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

  #message(room: string, seq: number): void {
    const next = this.#nextSeqs.get(room);
    if (next === undefined) return;
    if (seq !== next) throw new Error(`the server sent ${room} ${seq} instead of ${next}`);
    this.#nextSeqs.set(room, next + 1);
  }
}
