import { MessageType, type ChatClient, type ChatMessage } from '../../src/index.js';
import type { Problems } from './problems.js';
import { numberOf } from './texts.js';

/**
 * What a client got that was in its rooms from their first message on, over all of its
 * connections. That the seqs follow each other is checked as they come; what stands
 * under them is compared with the database in the end.
 */
export class Record {
  readonly who: string;
  /** The numbers of the messages of a room: that of the message with seq 1, and so on. */
  readonly numbers = new Map<string, number[]>();
  deliveries = 0;
  /** Connections after the first one that were in use. */
  resumed = 0;
  readonly #problems: Problems;
  #changed: () => void = () => {};
  readonly #epochs = new Map<string, string>();

  constructor(who: string, client: ChatClient, problems: Problems) {
    this.who = who;
    this.#problems = problems;
    client.on('joined', ({ room, epoch, firstSeq }) => {
      const numbers = this.#numbersIn(room);
      if ((this.#epochs.get(room) ?? epoch) !== epoch) this.#add(`${room} has a new epoch`);
      this.#epochs.set(room, epoch);
      if (firstSeq > numbers.length + 1) {
        this.#add(`${room} begins with ${firstSeq}, and ${numbers.length} was the last`);
      }
    });
    client.on('message', (message) => this.#take(message));
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
    return Array.from(this.numbers)
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
    this.deliveries += 1;
    const numbers = this.#numbersIn(room);
    const number = numberOf(content);
    if (number === undefined) this.#add(`got ${room} ${seq}, which nobody has sent: ${content}`);
    if (seq !== numbers.length + 1) {
      this.#add(`got ${room} ${seq} instead of ${numbers.length + 1}`);
    }
    numbers[seq - 1] = number ?? -1;
    this.#changed();
  }

  #numbersIn(room: string): number[] {
    let numbers = this.numbers.get(room);
    if (numbers === undefined) this.numbers.set(room, (numbers = []));
    return numbers;
  }

  #add(problem: string): void {
    this.#problems.add(`${this.who}: ${problem}`);
  }
}
