import type { Observer } from './core/ports.js';
import type { HandlePlan } from './handles.js';
import type { Logger } from './observers.js';
import { schema, type SettingName, type Settings } from './settings.js';

/** As many as most servers ever have: a limit above it is not worth a word. */
const manySockets = 4096;

/** What is said when a server starts. */
export interface Start {
  readonly version: string;
  /** Of the store; 0 where nothing is kept. */
  readonly schemaVersion: number;
  readonly settings: Settings;
  readonly handles: HandlePlan;
}

/** One log line for each thing that happens once or twice in the life of a server. */
export class LifeLog {
  readonly #logger: Logger;
  #sessions = 0;
  #messages = 0;
  #shutdownAtMs = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Counts what the last line tells. */
  readonly observer: Observer = {
    sessionOpened: () => void (this.#sessions += 1),
    appended: (_room, { length }) => void (this.#messages += length),
  };

  starting({ version, schemaVersion, settings, handles }: Start): void {
    const { data, store } = settings;
    const changed = Object.entries(settings).filter(
      ([name, value]) => schema[name as SettingName].default !== value,
    );
    const place = schemaVersion > 0 ? { data, schemaVersion } : {};
    const facts = { version, node: process.version, pid: process.pid, store, ...place };
    this.#logger.info({ ...facts, settings: Object.fromEntries(changed) }, 'starting');
    this.#noteTooFewFiles(handles, settings);
  }

  /** `openHosts` are the addresses among them that other machines may reach. */
  listening(urls: readonly string[], openHosts: readonly string[], { tlsCert }: Settings): void {
    this.#logger.info({ urls }, 'listening');
    if (openHosts.length === 0) return;
    const open = 'other machines can connect, and anybody who can may take part';
    if (tlsCert === '') {
      const advice = 'without TLS, what is sent can be read on its way (--tls-cert, --tls-key)';
      this.#logger.warn({ openHosts }, `${open}; ${advice}`);
    } else this.#logger.info({ openHosts }, open);
  }

  shuttingDown(sessions: number): void {
    this.#shutdownAtMs = performance.now();
    this.#logger.info({ sessions }, 'shutting down');
  }

  /** `cutOff` sessions had not read what they were owed. */
  shutDown(cutOff: number): void {
    const tookMs = Math.round(performance.now() - this.#shutdownAtMs);
    const facts = { sessionsEver: this.#sessions, messagesStored: this.#messages, cutOff, tookMs };
    this.#logger.info(facts, 'shut down');
  }

  #noteTooFewFiles({ openFilesMax, socketsMax }: HandlePlan, { connectionsMax }: Settings): void {
    if (socketsMax >= Math.min(connectionsMax, manySockets)) return;
    const facts = { openFilesMax, connectionsMax, possible: socketsMax };
    this.#logger.warn(facts, 'the limit of open files (ulimit -n) allows few connections');
  }
}
