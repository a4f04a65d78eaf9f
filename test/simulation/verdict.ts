import type { Disk } from './disk.js';
import type { BarePerson, Person, Sent } from './people.js';
import type { World } from './world.js';

/** Each acked message is in its room, under its number. */
export function checkAcks(world: World, people: readonly Person[]): void {
  for (const { name, acked } of people) {
    for (const { room, seq, content } of acked) {
      const found = Array.from(world.disks.values()).some(
        (disk) => disk.committed.get(room)?.[seq - 1]?.content === content,
      );
      if (!found) throw new Error(`"${content}" was acked to ${name} as ${room} ${seq}`);
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
        const { content } = entry;
        if (!sent.has(content)) throw new Error(`nobody has said "${content}"`);
        if (contents.has(content)) throw new Error(`"${content}" is there twice`);
        contents.add(content);
      }
    }
  }
}

/**
 * A bare session got a part of the lobby without a hole, or was told how many messages
 * were left out.
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
  let next: number | undefined;
  for (const one of heard) {
    if (typeof one === 'number') {
      if (next !== undefined) next += one;
      continue;
    }
    const seq = seqOf(disk, one);
    if (seq === 0 || (next !== undefined && seq !== next)) {
      return `heard "${one}" with number ${seq} instead of ${next}`;
    }
    next = seq + 1;
  }
  return undefined;
}

function seqOf(disk: Disk, content: string): number {
  const entries = disk.committed.get('lobby') ?? [];
  return 1 + entries.findIndex((entry) => entry.content === content);
}
