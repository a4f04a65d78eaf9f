import { randomUUID } from 'node:crypto';
import { Queue } from '../core/queue.js';
import type {
  Append,
  Appended,
  Entry,
  LogState,
  Range,
  Repeated,
  Retention,
  Slice,
  Store,
  Trimmed,
} from '../core/ports.js';

interface Kept {
  readonly entry: Entry;
  readonly key: string;
}
interface Room {
  headSeq: number;
  readonly entries: Queue<Kept>;
  readonly ids: Map<string, Entry>;
}

export class MemoryStore implements Store {
  readonly epoch = randomUUID();
  readonly #bytesMax: number;
  readonly #rooms = new Map<string, Room>();
  readonly #order = new Queue<Room>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  async append(appends: readonly Append[]): Promise<readonly Appended[]> {
    return appends.map((append) => this.#append(append));
  }

  async read(name: string, { seq, direction, entriesMax, charsMax }: Range): Promise<Slice> {
    const state = this.#stateOf(name);
    const room = this.#rooms.get(name);
    const entries: Entry[] = [];
    if (room === undefined) return { ...state, entries };
    const step = direction === 'after' ? 1 : -1;
    let at =
      direction === 'after' ? Math.max(seq + 1, state.tailSeq) : Math.min(seq - 1, state.headSeq);
    let chars = 0;
    while (at >= state.tailSeq && at <= state.headSeq && entries.length < entriesMax) {
      const { entry } = room.entries.at(at - state.tailSeq);
      chars += entry.content.length;
      if (chars > charsMax && entries.length > 0) break;
      entries.push(entry);
      at += step;
    }
    if (step < 0) entries.reverse();
    return { ...state, entries };
  }

  async state(name: string): Promise<LogState> {
    return this.#stateOf(name);
  }

  async trim({ entriesMax, sinceMs }: Retention): Promise<Trimmed> {
    const rooms: Array<{ room: string; tailSeq: number }> = [];
    for (const [name, room] of this.#rooms) {
      let removed = 0;
      while (
        room.entries.length > 0 &&
        ((entriesMax > 0 && room.entries.length > entriesMax) ||
          room.entries.at(0).entry.sentAtMs < sinceMs)
      ) {
        this.#shift(room);
        removed += 1;
      }
      if (removed > 0) rooms.push({ room: name, tailSeq: this.#stateOf(name).tailSeq });
    }
    return { rooms, isMore: false };
  }

  #stateOf(name: string): LogState {
    const room = this.#rooms.get(name);
    if (room === undefined) return { headSeq: 0, tailSeq: 1 };
    return { headSeq: room.headSeq, tailSeq: room.headSeq - room.entries.length + 1 };
  }

  #append({ room: name, drafts }: Append): Appended {
    let room = this.#rooms.get(name);
    if (room === undefined)
      this.#rooms.set(name, (room = { headSeq: 0, entries: new Queue(), ids: new Map() }));
    const firstSeq = room.headSeq + 1;
    const repeated: Repeated[] = [];
    for (let index = 0; index < drafts.length; index += 1) {
      const { id, author, sender, content, sentAtMs } = drafts[index]!;
      let key = '';
      if (id !== '') {
        key = `${author}\0${id}`;
        const before = room.ids.get(key);
        if (before !== undefined) {
          repeated.push({
            index,
            seq: before.seq,
            sentAtMs: before.sentAtMs,
            isSame: before.content === content,
          });
          continue;
        }
      }
      room.headSeq += 1;
      const entry = { seq: room.headSeq, id, sender, content, sentAtMs };
      if (key !== '') room.ids.set(key, entry);
      room.entries.push({ entry, key });
      this.#order.push(room);
      this.#bytes += weight(entry);
    }
    while (this.#bytes > this.#bytesMax) {
      const oldest = this.#order.shift();
      if (oldest.entries.length > 0) this.#shift(oldest);
    }
    return { firstSeq, repeated };
  }

  #shift(room: Room): void {
    const { entry, key } = room.entries.shift();
    if (key !== '') room.ids.delete(key);
    this.#bytes -= weight(entry);
  }
}

function weight({ content, id, sender }: Entry): number {
  return 300 + 2 * (content.length + id.length + sender.length);
}
