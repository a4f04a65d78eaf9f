import { MessageType, type ChatClient, type ChatMessage } from '../../src/index.js';
import type { Problems } from './problems.js';
import { numberOf } from './texts.js';

/** A room as a client has it, by what it was told. */
export interface RoomRecord {
  /** How many entries came. */
  length: number;
  /** The numbers of the texts of the messages, by their seq; undefined for a removed one. */
  readonly texts: Map<number, number | undefined>;
  topic: string;
}

/**
 * What a client got that was in its rooms from their first message on, over all of its
 * connections. That the seqs follow each other is checked as they come; what stands
 * under them is compared with the database in the end.
 */
export class Record {
  readonly who: string;
  readonly rooms = new Map<string, RoomRecord>();
  deliveries = 0;
  /** Connections after the first one that were in use. */
  resumed = 0;
  readonly #problems: Problems;
  #changed: () => void = () => {};
  readonly #epochs = new Map<string, string>();

  constructor(who: string, client: ChatClient, problems: Problems) {
    this.who = who;
    this.#problems = problems;
    client.on('joined', ({ room, epoch, firstSeq, topic }) => {
      const record = this.#recordOf(room);
      if ((this.#epochs.get(room) ?? epoch) !== epoch) this.#add(`${room} has a new epoch`);
      this.#epochs.set(room, epoch);
      record.topic = topic;
      if (firstSeq > record.length + 1) {
        this.#add(`${room} begins with ${firstSeq}, and ${record.length} was the last`);
      }
    });
    client.on('message', (message) => this.#take(message));
    client.on('edited', ({ room, seq, content }) => {
      this.#change(room, seq, this.#numberOf(content, `an edit of ${room} ${seq}`));
    });
    client.on('removed', ({ room, seq }) => this.#change(room, seq, undefined));
    client.on('topic', ({ room, topic }) => {
      this.#numberOf(topic, `a topic of ${room}`);
      this.#next(room).topic = topic;
    });
    client.on('gap', (gap) => this.#add(`a gap: ${JSON.stringify(gap)}`));
    client.on('renamed', (name, before) => this.#add(`was ${before} and is ${name} now`));
    client.on('refused', ({ message }) => this.#add(`was refused: ${message}`));
    client.on('state', ({ kind }) => {
      if (kind === 'open') this.resumed += 1;
    });
    client.on('close', ({ kind, message }) => {
      if (kind !== 'closed') this.#add(`has ended: ${message}`);
    });
  }

  /** The rooms that it does not have up to their heads, in words; empty when it has all. */
  missing(heads: ReadonlyMap<string, number>): string {
    return Array.from(this.rooms)
      .filter(([room, { length }]) => length < (heads.get(room) ?? 0))
      .map(([room, { length }]) => `${this.who} has ${length} of ${heads.get(room)} of ${room}`)
      .join(', ');
  }

  /** Settles when nothing is missing any more. */
  async complete(heads: ReadonlyMap<string, number>): Promise<void> {
    while (this.missing(heads) !== '') {
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
  }

  #take({ type, room, seq, content }: ChatMessage): void {
    if (type !== MessageType.BROADCAST) return;
    const record = this.#next(room);
    if (seq !== record.length) this.#add(`got ${room} ${seq} instead of ${record.length}`);
    record.texts.set(seq, this.#numberOf(content, `${room} ${seq}`));
  }

  /** An entry that is no message; what it is about was told before, or is what it stands for itself. */
  #change(room: string, seq: number, number: number | undefined): void {
    const { texts, length } = this.#next(room);
    if (!texts.has(seq) && seq !== length) this.#add(`was told of ${room} ${seq} at ${length}`);
    texts.set(seq, number);
  }

  #next(room: string): RoomRecord {
    const record = this.#recordOf(room);
    this.deliveries += 1;
    record.length += 1;
    this.#changed();
    return record;
  }

  #numberOf(content: string, what: string): number {
    const number = numberOf(content);
    if (number === undefined) this.#add(`got ${what}, which nobody has sent: ${content}`);
    return number ?? -1;
  }

  #recordOf(room: string): RoomRecord {
    let record = this.rooms.get(room);
    if (record === undefined) {
      this.rooms.set(room, (record = { length: 0, texts: new Map(), topic: '' }));
    }
    return record;
  }

  #add(problem: string): void {
    this.#problems.add(`${this.who}: ${problem}`);
  }
}
