import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Node } from './core/node.js';
import type { Observer } from './core/ports.js';
import { ErrorCode } from './protocol/messages.js';

/** What an append takes on a good disk, and on bad ones. */
const commitSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** What the server counts, in the form that Prometheus reads. */
export class Metrics {
  /** Is told what happens. */
  readonly observer: Observer;
  readonly #registry = new Registry();
  #isProcessWatched = false;

  constructor() {
    const registers = [this.#registry];
    const sessions = new Gauge({
      name: 'tcp_chat_sessions',
      help: 'Sessions that are open, by transport.',
      labelNames: ['transport'],
      registers,
    });
    const messages = new Counter({
      name: 'tcp_chat_messages_total',
      help: 'Messages that were stored.',
      registers,
    });
    const deliveries = new Counter({
      name: 'tcp_chat_deliveries_total',
      help: 'Messages that were written to sessions, once for each.',
      registers,
    });
    const commits = new Histogram({
      name: 'tcp_chat_commit_seconds',
      help: 'What the store took for an append, of one message or of many.',
      buckets: commitSeconds,
      registers,
    });
    const refusals = new Counter({
      name: 'tcp_chat_refusals_total',
      help: 'Refusals, by the ErrorCode of chat.proto.',
      labelNames: ['code'],
      registers,
    });
    const storeFailing = new Gauge({
      name: 'tcp_chat_store_failing',
      help: '1 while the store takes nothing, otherwise 0.',
      registers,
    });
    this.observer = {
      sessionOpened: ({ connection }) => sessions.inc({ transport: connection.transport }),
      sessionClosed: ({ connection }) => sessions.dec({ transport: connection.transport }),
      appended: (_room, entries) => messages.inc(entries.length),
      committed: (durationMs) => commits.observe(durationMs / 1000),
      delivered: (count) => deliveries.inc(count),
      refused: (code) => refusals.inc({ code: ErrorCode[code] }),
      storeFailed: () => storeFailing.set(1),
      storeRecovered: () => storeFailing.set(0),
    };
  }

  /** Adds what is looked up when somebody asks. */
  watch(node: Node): void {
    const gauges: ReadonlyArray<readonly [name: string, help: string, value: () => number]> = [
      ['tcp_chat_rooms', 'Rooms that somebody is in, and the lobby.', () => node.rooms.count],
      [
        'tcp_chat_outbox_bytes',
        'Bytes that wait for sessions that are slower than what they are sent.',
        () => node.outboxBudget.bytes,
      ],
      [
        'tcp_chat_laggards',
        'Sessions that read a room behind its head, at their own pace.',
        () => node.laggardCount,
      ],
    ];
    for (const [name, help, value] of gauges) {
      new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect() {
          this.set(value());
        },
      });
    }
  }

  /** All of it as text, and the text's media type. */
  async report(): Promise<{ readonly text: string; readonly type: string }> {
    this.#watchProcess();
    return { text: await this.#registry.metrics(), type: this.#registry.contentType };
  }

  /**
   * Memory, CPU, the delay of the event loop, and the like. To be told of each collection of
   * garbage, and to look at the event loop all the time, costs a busy server some 3% of its
   * time, so it begins when somebody asks for the first time.
   */
  #watchProcess(): void {
    if (this.#isProcessWatched) return;
    this.#isProcessWatched = true;
    collectDefaultMetrics({ register: this.#registry });
  }
}
