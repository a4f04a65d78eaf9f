import type { Entry } from '../../src/core/ports.js';

/** What a message said from the entry with this number on; undefined for nothing any more. */
export interface Version {
  readonly bySeq: number;
  readonly text: string | undefined;
}

/** What the messages of one log said, each from its first text to its last. */
export class Versions {
  readonly #messages = new Map<number, Version[]>();

  /** Takes the next entry of the log; returns the texts that nobody may get any more. */
  add({ seq, change, content }: Entry): {
    readonly replaced: string[];
    readonly removed: string[];
  } {
    if (change === undefined) this.#messages.set(seq, [{ bySeq: seq, text: content }]);
    if (change === undefined || change.kind === 'topic') return { replaced: [], removed: [] };
    const versions = this.#messages.get(change.targetSeq);
    const before = versions?.at(-1)?.text;
    if (versions === undefined || before === undefined) {
      throw new Error(`entry ${seq} changes ${change.targetSeq}, which is no message any more`);
    }
    const texts = versions.map(({ text }) => text!);
    const isEdit = change.kind === 'edit';
    versions.push({ bySeq: seq, text: isEdit ? content : undefined });
    return isEdit ? { replaced: [before], removed: [] } : { replaced: [], removed: texts };
  }

  /** All versions of a message; none if it is no message. */
  of(seq: number): readonly Version[] {
    return this.#messages.get(seq) ?? [];
  }

  /** What a message says at last. */
  last(seq: number): string | undefined {
    return this.of(seq).at(-1)?.text;
  }

  /** Whether a message said this, at the number `since` or later. */
  hasSaid(seq: number, text: string | undefined, since = seq): boolean {
    const versions = this.of(seq);
    return versions.some(
      (version, index) => version.text === text && (versions[index + 1]?.bySeq ?? Infinity) > since,
    );
  }
}
