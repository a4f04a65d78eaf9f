import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import './state-home.js';

const run = promisify(execFile);

/** How long a screen may take to show what is awaited. */
const patienceMs = 10_000;

let serversEver = 0;

/** Real terminals, by a tmux of their own. */
export class Terminals {
  // Never the same twice: a tmux that is just ending would take the next one's sessions with it.
  readonly #server = `tcp-chat-test-${process.pid}-${(serversEver += 1)}`;
  #opened = 0;

  /** Runs a command in a new terminal. It stays when the command ends, and shows its exit code. */
  async open(command: readonly string[], columns = 60, rows = 16): Promise<Terminal> {
    this.#opened += 1;
    const name = `t${this.#opened}`;
    const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    const size = ['-x', String(columns), '-y', String(rows)];
    const script = `${quoted}; echo "exit code $?"; exec cat`;
    await this.#tmux('new-session', '-d', '-s', name, ...size, 'sh', '-c', script);
    return new Terminal(name, (...args) => this.#tmux(...args));
  }

  /** Closes all terminals. */
  async close(): Promise<void> {
    if (this.#opened > 0) await this.#tmux('kill-server');
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('tmux', ['-L', this.#server, '-f', '/dev/null', ...args]);
    return stdout;
  }
}

/** One terminal. */
export class Terminal {
  readonly #name: string;
  readonly #tmux: (...args: readonly string[]) => Promise<string>;

  constructor(name: string, tmux: (...args: readonly string[]) => Promise<string>) {
    this.#name = name;
    this.#tmux = tmux;
  }

  /** Types text, as it is. */
  async type(text: string): Promise<void> {
    await this.#tmux('send-keys', '-t', this.#name, '-l', text);
  }

  /** Presses keys by their names: `Enter`, `C-c`, `Tab`, `Up`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', '-t', this.#name, ...keys);
  }

  /** Types a line and ends it. */
  async enter(line: string): Promise<void> {
    if (line !== '') await this.type(line);
    await this.press('Enter');
  }

  /** The screen: its lines without the blanks at their ends, from the first to the last with text. */
  async screen(): Promise<string> {
    const text = await this.#tmux('capture-pane', '-p', '-t', this.#name);
    return text.replace(/ +$/gm, '').trimEnd();
  }

  /** Waits until the screen matches, and returns it. */
  async shows(pattern: RegExp): Promise<string> {
    const deadlineMs = performance.now() + patienceMs;
    for (;;) {
      const screen = await this.screen();
      if (pattern.test(screen)) return screen;
      if (performance.now() > deadlineMs) {
        throw new Error(`the terminal did not show ${pattern}, but:\n${screen}`);
      }
    }
  }
}
