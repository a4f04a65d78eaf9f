import { execFile } from 'node:child_process';

/** For one thing to be said, and for what is left when the server has ended. */
const sayTimeoutMs = 5000;
const endTimeoutMs = 500;

/**
 * Tells systemd how the server is (sd_notify(3)); nothing happens where nobody wants to know.
 *
 * Node has no datagrams for that, so a program says it that comes with systemd: the service needs
 * `NotifyAccess=all`.
 */
export class ServiceManager {
  readonly #isThere: boolean;
  readonly #watchdogMs: number;
  readonly #failed: (problem: string) => void;
  #said: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  /** `failed` is told, once, why it cannot be told anything. */
  constructor(
    { NOTIFY_SOCKET = '', WATCHDOG_USEC, WATCHDOG_PID }: Readonly<NodeJS.ProcessEnv>,
    pid: number,
    failed: (problem: string) => void,
  ) {
    this.#isThere = NOTIFY_SOCKET !== '';
    const isForThis = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === pid;
    this.#watchdogMs = isForThis && Number(WATCHDOG_USEC) > 0 ? Number(WATCHDOG_USEC) / 1000 : 0;
    let hasFailed = false;
    this.#failed = (problem) => {
      if (!hasFailed) failed(problem);
      hasFailed = true;
    };
  }

  /** It serves; `status` says how it is, asked now and then. */
  ready(status: () => string): void {
    this.#say('READY=1', `STATUS=${status()}`);
    if (!this.#isThere || this.#watchdogMs === 0 || this.#timer !== undefined) return;
    // Twice as often as is expected, as systemd advises.
    this.#timer = setInterval(
      () => this.#say('WATCHDOG=1', `STATUS=${status()}`),
      this.#watchdogMs / 2,
    ).unref();
  }

  /** It reads its settings again; `ready` follows. */
  reloading(): void {
    this.#say('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  /** It ends. */
  stopping(status: string): void {
    this.#say('STOPPING=1', `STATUS=${status}`);
  }

  /** Settles when all has been said, or that takes too long. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, endTimeoutMs)));
    await Promise.race([this.#said, late]);
    clearTimeout(timer);
  }

  #say(...facts: readonly string[]): void {
    if (!this.#isThere) return;
    this.#said = this.#said.then(
      async () =>
        await new Promise((resolve) => {
          execFile('systemd-notify', facts, { timeout: sayTimeoutMs }, (error) => {
            if (error !== null) this.#failed(error.message.trim());
            resolve();
          });
        }),
    );
  }
}
