import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Node } from './core/node.js';
import type { Observer } from './core/ports.js';
import { ErrorCode } from './protocol/messages.js';

/** What an append takes on a good disk, and on bad ones. */
const commitSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** How often the delay of the event loop is measured: by a timer, whose whole wait is noted. */
const loopIntervalMs = 10;

/** What was counted, as text of a media type. */
interface Report {
  readonly text: string;
  readonly type: string;
}

/** What the server counts, in the form that Prometheus reads. */
export class Metrics {
  /** Is told what happens. */
  readonly observer: Observer;
  readonly #registry = new Registry();
  /** Settles when another report may be made, a turn after the last one. */
  #reporting: Promise<void> = Promise.resolve();
  /** The report that is made then. */
  #nextReport: Promise<Report> | undefined;
  readonly #loopDelay = monitorEventLoopDelay({ resolution: loopIntervalMs });

  constructor() {
    const registers = [this.#registry];
    const sessions = new Gauge({
      name: 'tcp_chat_sessions',
      help: 'Open sessions, by transport.',
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
      help: 'Messages that were written to sessions, counted once per session.',
      registers,
    });
    const commits = new Histogram({
      name: 'tcp_chat_commit_seconds',
      help: 'Time that the store took for an append of one or more messages.',
      buckets: commitSeconds,
      registers,
    });
    const refusals = new Counter({
      name: 'tcp_chat_refusals_total',
      help: 'Refusals, by the ErrorCode of chat.proto.',
      labelNames: ['code'],
      registers,
    });
    const requestRefusals = new Counter({
      name: 'tcp_chat_http_refusals_total',
      help: 'HTTP responses, also to upgrades, with a status of 400 or above.',
      labelNames: ['status'],
      registers,
    });
    const storeFailing = new Gauge({
      name: 'tcp_chat_store_failing',
      help: '1 while the store cannot commit, otherwise 0.',
      registers,
    });
    const readsFailing = new Gauge({
      name: 'tcp_chat_reads_failing',
      help: '1 while stored messages cannot be read, otherwise 0.',
      registers,
    });
    const damaged = new Counter({
      name: 'tcp_chat_damage_found_total',
      help: 'Ranges of messages that were found to be damaged when they were read.',
      registers,
    });
    this.observer = {
      sessionOpened: ({ connection }) => sessions.inc({ transport: connection.transport }),
      sessionClosed: ({ connection }) => sessions.dec({ transport: connection.transport }),
      appended: (_room, entries) => messages.inc(entries.length),
      committed: (durationMs) => commits.observe(durationMs / 1000),
      delivered: (count) => deliveries.inc(count),
      refused: (code) => refusals.inc({ code: ErrorCode[code] }),
      requestRefused: (status) => requestRefusals.inc({ status }),
      storeFailed: () => storeFailing.set(1),
      storeRecovered: () => storeFailing.set(0),
      readFailed: () => readsFailing.set(1),
      readRecovered: () => readsFailing.set(0),
      damageFound: () => damaged.inc(),
    };
  }

  /** Adds what is computed when somebody asks. */
  watch(node: Node): void {
    const delay = this.#loopDelay;
    this.#addGauge('tcp_chat_rooms', 'Rooms with somebody in them, and the lobby.', () => {
      return node.rooms.count;
    });
    this.#addGauge(
      'tcp_chat_peer_memory_bytes',
      'Memory for data that waits for peers or came from them.',
      () => {
        return node.memory.bytes;
      },
    );
    this.#addGauge(
      'tcp_chat_peer_memory_limit_bytes',
      'Limit of the memory for peers; see --memory.',
      () => {
        return node.memory.bytesMax;
      },
    );
    this.#addGauge('tcp_chat_laggards', 'Sessions that are lagging in a room.', () => {
      return node.laggardCount;
    });
    this.#addGauge('nodejs_eventloop_lag_p50_seconds', 'Delay of the event loop, median.', () => {
      return lateness(delay, delay.percentile(50));
    });
    this.#addGauge('nodejs_eventloop_lag_p99_seconds', 'Delay of the event loop, 99%.', () => {
      return lateness(delay, delay.percentile(99));
    });
    this.#addGauge('nodejs_eventloop_lag_max_seconds', 'Delay of the event loop, longest.', () => {
      return lateness(delay, delay.max);
    });
    this.#addGauge('process_resident_memory_bytes', 'Memory of the process.', () => {
      return process.memoryUsage.rss();
    });
    new Counter({
      name: 'process_cpu_seconds_total',
      help: 'CPU time that the process has used.',
      registers: [this.#registry],
      collect() {
        const { user, system } = process.cpuUsage();
        this.reset();
        this.inc((user + system) / 1e6);
      },
    });
  }

  /**
   * All of it as text, and the text's media type, as it is after the call. Many who ask at
   * the same time get the same report. The delays are those since the last report:
   * measuring them costs a percent or two, so it begins with the first.
   */
  async report(): Promise<Report> {
    // The report that is being made may have begun before this was asked for.
    this.#nextReport ??= this.#reporting.then(async () => {
      this.#nextReport = undefined;
      const report = this.#report();
      const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
      this.#reporting = report.then(turn, turn);
      return await report;
    });
    return await this.#nextReport;
  }

  async #report(): Promise<Report> {
    const text = await this.#registry.metrics();
    this.#loopDelay.enable();
    this.#loopDelay.reset();
    return { text, type: this.#registry.contentType };
  }

  /** Stops measuring. */
  close(): void {
    this.#loopDelay.disable();
  }

  #addGauge(name: string, help: string, value: () => number): void {
    const collect = function (this: Gauge): void {
      this.set(value());
    };
    new Gauge({ name, help, registers: [this.#registry], collect });
  }
}

/** In seconds, how much longer the timer took than it had to; no number before it was measured. */
function lateness({ count }: IntervalHistogram, waitNs: number): number {
  return count === 0 ? NaN : Math.max(0, waitNs / 1e9 - loopIntervalMs / 1000);
}
