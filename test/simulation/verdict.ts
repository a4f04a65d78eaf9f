import type { Disk } from './disk.js';
import type { BarePerson } from './bare-person.js';
import type { Person, Sent } from './people.js';
import type { Record } from './record.js';
import type { World } from './world.js';

/** All that was acked is in its room, under its number, and in the order in which its device sent it. */
export function checkAcks(world: World, people: readonly Person[]): void {
  for (const { name, acked } of people) {
    for (const { room, seq, content, change } of acked) {
      const found = Array.from(world.disks.values()).some((disk) => {
        const entry = disk.committed.get(room)?.[seq - 1];
        return entry?.content === content && entry.change?.kind === change?.kind;
      });
      if (!found) throw new Error(`"${content}" was acked to ${name} as ${room} ${seq}`);
    }
    if (world.climate.isVolatile) continue;
    const heads = new Map<string, number>();
    // What was refused was sent again, after others.
    const inOrder = acked
      .filter(({ isOnce }) => isOnce)
      .toSorted((one, other) => one.place - other.place);
    for (const { room, seq, content } of inOrder) {
      const head = heads.get(room) ?? 0;
      if (seq <= head) throw new Error(`"${content}" is ${room} ${seq}, after ${head}`);
      heads.set(room, seq);
    }
  }
}

/** Rooms have no holes, and hold everything once that was said, and nothing else. */
export function checkRooms(world: World, sent: Sent): void {
  for (const disk of world.disks.values()) {
    const contents = new Set<string>();
    for (const [room, entries] of disk.committed) {
      for (let index = 0; index < entries.length; index += 1) {
        const entry = entries[index];
        if (entry?.seq !== index + 1) throw new Error(`${room} has no ${index + 1}`);
        const { content, change } = entry;
        // That there is one of each message at most is seen when it is written.
        if (change?.kind === 'removal') continue;
        if (!sent.has(content)) throw new Error(`nobody has said "${content}"`);
        if (contents.has(content)) throw new Error(`"${content}" is there twice`);
        contents.add(content);
      }
    }
  }
}

/** Who has all entries has the texts that the log says, and the topic. */
export function checkTexts(world: World, { who, client, views }: Record): void {
  for (const [room, view] of views) {
    const difference = view.differenceTo(world.disk.versionsIn(room));
    if (difference !== undefined) throw new Error(`${who} has ${room} ${difference}`);
    const topics = (world.disk.committed.get(room) ?? []).filter(
      ({ change }) => change?.kind === 'topic',
    );
    const isUnknown = topics.some(({ seq }) => view.hasMissed(seq));
    const { topic } = client.rooms.find((one) => one.room === room)!;
    const expected = topics.at(-1)?.content ?? '';
    if (!isUnknown && topic !== expected) {
      throw new Error(`${who} has the topic "${topic}" of ${room}, and it is "${expected}"`);
    }
  }
}

/**
 * A bare session got a part of the messages of the lobby without a hole, or was told how many
 * entries were left out.
 */
export function checkBare(world: World, { name, heard }: BarePerson): void {
  const texts = heard.filter((one) => typeof one === 'string');
  if (texts.length === 0) return;
  const problems = Array.from(world.disks.values(), (disk) => problemWith(disk, heard));
  if (problems.every((problem) => problem !== undefined)) {
    throw new Error(`${name} ${problems.join(', ')}`);
  }
}

/** Why what was heard cannot be from this disk. */
function problemWith(disk: Disk, heard: ReadonlyArray<string | number>): string | undefined {
  const entries = disk.committed.get('lobby') ?? [];
  const versions = disk.versionsIn('lobby');
  /** Those that a bare session gets for certain. */
  const isHeard = (seq: number): boolean => versions.last(seq) !== undefined;
  let last: number | undefined;
  let skipped = 0;
  for (const one of heard) {
    if (typeof one === 'number') {
      skipped += one;
      continue;
    }
    const seq = entries.find((entry) => versions.hasSaid(entry.seq, one))?.seq;
    if (seq === undefined) return `heard "${one}", which is no message`;
    if (last !== undefined) {
      const between = entries.slice(last, seq - 1);
      const missing = between.filter((entry) => isHeard(entry.seq)).length;
      if (seq <= last || skipped < missing || skipped > between.length) {
        return `heard "${one}" with number ${seq} after ${last}, and ${skipped} were skipped`;
      }
    }
    last = seq;
    skipped = 0;
  }
  return undefined;
}
