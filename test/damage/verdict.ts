import { ErrorCode, GapReason, MessageType } from '../../src/protocol/messages.js';
import { RawClient } from '../support/raw-client.js';
import { after, joinOf, toRoom } from '../support/rooms.js';

export const rooms = ['lobby', 'dev'] as const;

type Room = (typeof rooms)[number];

/**
 * What was sent, what was acknowledged and what was read, of all servers that had this data;
 * throws when the promise is broken: "An acked message is on disk, has one number in its room,
 * and every reader gets it once and in order, or is told exactly what is missing."
 */
export class Verdict {
  /** By room, epoch and number, which messages were acknowledged or read. */
  readonly #numbers = new Map<string, string>();
  /** The newest number that was acknowledged or read, by room and epoch. */
  readonly #heads = new Map<string, number>();
  readonly #sent = new Set<string>();
  /** Where a reader stands who saw everything. */
  readonly #positions = new Map<Room, { epoch: string; seq: number }>();

  /** The same, to be gone on with from here. */
  copy(): Verdict {
    const copy = new Verdict();
    for (const [key, content] of this.#numbers) copy.#numbers.set(key, content);
    for (const [key, seq] of this.#heads) copy.#heads.set(key, seq);
    for (const content of this.#sent) copy.#sent.add(content);
    for (const [room, position] of this.#positions) copy.#positions.set(room, position);
    return copy;
  }

  /**
   * Reads all rooms as a newcomer and as somebody who comes back, and then adds to them.
   * Returns how much was acknowledged.
   */
  async check(port: number, added: number): Promise<number> {
    let acked = 0;
    for (const room of rooms) {
      const { epoch = '', seq = 0 } = this.#positions.get(room) ?? {};
      await this.#read(port, room, '', 0);
      await this.#read(port, room, epoch, seq);
      acked += await this.#add(port, room, added);
    }
    return acked;
  }

  /** Reads a room from a position up to its head. */
  async #read(port: number, room: Room, epoch: string, seq: number): Promise<void> {
    using client = await RawClient.full(port);
    client.control(joinOf(room, after(seq, epoch)));
    const answer = await client.until(
      ({ control }) => control?.$case === 'joined' || control?.$case === 'error',
      'joined',
    );
    const { control } = answer.at(-1)!;
    if (control?.$case !== 'joined') return; // refused with a code
    const { joined } = control;
    const headBefore = this.#heads.get(`${room} ${joined.epoch}`) ?? 0;
    if (joined.headSeq < headBefore) {
      throw new Error(`${room} ends at ${joined.headSeq} instead of ${headBefore}`);
    }
    let mustBeTold = epoch !== '' && joined.epoch !== epoch;
    let position = mustBeTold ? joined.firstSeq - 1 : seq;
    while (position < joined.headSeq || mustBeTold) {
      const message = await client.next();
      const said = message.control;
      if (said?.$case === 'gap') {
        const { gap } = said;
        if (gap.reason === GapReason.GAP_REASON_EPOCH) mustBeTold = false;
        else {
          if (gap.fromSeq !== position + 1)
            throw new Error(`a gap from ${gap.fromSeq} at ${position}`);
          position = gap.toSeq;
        }
      } else if (said?.$case === 'error') {
        if (said.error.code !== ErrorCode.ERROR_CODE_STORE_UNAVAILABLE)
          throw new Error(said.error.message);
        return; // it is told that it has to wait
      } else if (message.room === room && message.type === MessageType.BROADCAST) {
        if (mustBeTold) throw new Error(`${room} has another epoch, and nobody says so`);
        if (message.seq !== position + 1) {
          throw new Error(`${room} goes on with ${message.seq} after ${position}`);
        }
        position = message.seq;
        this.#note(room, joined.epoch, message.seq, message.content);
      }
    }
    this.#positions.set(room, { epoch: joined.epoch, seq: position });
  }

  /** Sends messages, one after the other, until one is refused. */
  async #add(port: number, room: Room, count: number): Promise<number> {
    using client = await RawClient.full(port);
    client.control(joinOf(room));
    const answers = await client.until(({ control }) => control !== undefined, 'an answer');
    const joined = answers.at(-1)!.control!;
    if (joined.$case !== 'joined') return 0;
    const { epoch } = joined.joined;
    for (let index = 0; index < count; index += 1) {
      const content = `${room} ${this.#sent.size} ${'x'.repeat(80)}`;
      this.#sent.add(content);
      client.send(toRoom(room, content, `id ${index}`));
      const isAnswer = (kind?: string): boolean => kind === 'ack' || kind === 'error';
      const messages = await client.until(({ control }) => isAnswer(control?.$case), 'an ack');
      const { control } = messages.at(-1)!;
      if (control?.$case !== 'ack') return index;
      this.#note(room, epoch, control.ack.seq, content);
      this.#positions.set(room, { epoch, seq: control.ack.seq });
    }
    return count;
  }

  #note(room: Room, epoch: string, seq: number, content: string): void {
    const key = `${room} ${epoch} ${seq}`;
    const known = this.#numbers.get(key);
    if (known !== undefined && known !== content) {
      throw new Error(`${key} is "${content}" and was "${known}"`);
    }
    if (!this.#sent.has(content)) throw new Error(`nobody has said "${content}" (${key})`);
    if (!content.startsWith(`${room} `)) throw new Error(`"${content}" is in ${room}`);
    this.#numbers.set(key, content);
    const head = `${room} ${epoch}`;
    this.#heads.set(head, Math.max(this.#heads.get(head) ?? 0, seq));
  }
}
