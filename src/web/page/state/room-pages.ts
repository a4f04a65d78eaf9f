import type { ChatClient, HistoryOptions, HistoryPage } from '../../../client/index.js';
import type { MessageChange } from '../../model/changes.js';

/** What is read of the history at once: some screens. */
const pageMessages = 100;

/** So many pages are read at most to find out how much is new. */
const countedPagesMax = 8;

/** A page, and what has changed since it was asked for. */
export type PageNow = readonly [page: HistoryPage, since: readonly MessageChange[]];

/** The pages of a room's history. */
export class RoomPages {
  readonly #client: ChatClient;
  readonly #room: string;
  readonly #got: (page: HistoryPage) => void;
  /** What is being loaded into the window. */
  loading: Promise<void> | undefined;
  /** What has changed while a page is on its way, for each of these. */
  readonly #onTheirWay = new Set<MessageChange[]>();

  /** `got` is called with each page that was read, before anything else happens. */
  constructor(client: ChatClient, room: string, got: (page: HistoryPage) => void) {
    this.#got = got;
    this.#client = client;
    this.#room = room;
  }

  /** A message has changed. */
  changed(change: MessageChange): void {
    for (const changes of this.#onTheirWay) changes.push(change);
  }

  async read(edge: Pick<HistoryOptions, 'before' | 'after'>): Promise<PageNow> {
    const since: MessageChange[] = [];
    this.#onTheirWay.add(since);
    try {
      const page = await this.#client.history(this.#room, { ...edge, limit: pageMessages });
      this.#got(page);
      return [page, since];
    } finally {
      this.#onTheirWay.delete(since);
    }
  }

  /** Loads something while nothing else is loaded. */
  async alone(load: () => Promise<void>): Promise<void> {
    this.loading = load();
    try {
      await this.loading;
    } finally {
      this.loading = undefined;
    }
  }

  /** The pages between two numbers, as large as they can be, but not more than some. */
  async *between(after: number, headSeq: number): AsyncGenerator<HistoryPage, void> {
    for (let pages = 0; pages < countedPagesMax && after < headSeq; pages += 1) {
      const page = await this.#client.history(this.#room, { after });
      yield page;
      if (page.end) return;
      after = page.lastSeq;
    }
  }
}
