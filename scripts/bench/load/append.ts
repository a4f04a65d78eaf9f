// The role `append`: no load on a server, but the store by itself, fed as the server
// feeds it: from the main thread, the next append when the one before has settled.
import { Drafts } from '../../../src/core/drafts.js';
import type { Draft } from '../../../src/core/ports.js';
import { lobbyName } from '../../../src/protocol/limits.js';
import { SqliteStorage } from '../../../src/store/sqlite/storage.js';
import { firstContent } from './content.js';
import type { Player, Role } from './roles.js';

/** As many as publish in the workload that this is compared with. */
const authors = 10;

/** Drafts like those of that workload: same sizes, ids like the client's. */
export class DraftSource {
  #made = 0;
  readonly #content: string;

  constructor(contentChars?: number) {
    const text = firstContent(0).toString('latin1');
    this.#content = contentChars === undefined ? text : text.slice(-contentChars);
  }

  next(count: number): Draft[] {
    return Array.from({ length: count }, () => {
      const author = this.#made % authors;
      const counter = Math.floor(this.#made / authors);
      this.#made += 1;
      return {
        change: undefined,
        id: `5f0c2a91d3b8e76${author}-${counter}`,
        author: String(author + 1),
        sender: `guest-${author + 1}`,
        content: this.#content,
        sentAtMs: Date.now(),
      };
    });
  }
}

export function append(role: Extract<Role, { kind: 'append' }>): Player {
  const opening = SqliteStorage.open(role.path);
  const drafts = new DraftSource();
  let rows = 0;
  let stopped = false;
  let done: Promise<void> = Promise.resolve();

  async function feed(storage: SqliteStorage): Promise<void> {
    while (!stopped) {
      await storage.log.append([
        { room: lobbyName, drafts: Drafts.of(drafts.next(role.rowsPerAppend)) },
      ]);
      rows += role.rowsPerAppend;
    }
  }

  const ready = opening.then(() => {});
  return {
    connected: ready,
    ready,
    go() {
      done = opening.then(feed);
      done.catch(() => {}); // `stop` tells
    },
    frames: () => 0,
    done: () => rows,
    async stop() {
      stopped = true;
      await done;
      return rows;
    },
    async check(sent) {
      const storage = await opening;
      const { headSeq } = await storage.log.state(lobbyName);
      await storage.close();
      if (headSeq !== sent) throw new Error(`the store has ${headSeq} of ${sent} rows`);
    },
  };
}
