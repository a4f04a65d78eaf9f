import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compiled } from './compiled.js';
import { root } from './programs.js';
import type { StorageAnswer, StorageRequest } from './storage-process.js';

/** A storage in a process of its own, whose disk fails when the test says so; see failing-disk.c. */
export class FailingStorage implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #control: string;
  readonly #open = new Map<number, (answer: StorageAnswer) => void>();
  #lastId = 0;

  private constructor(child: ChildProcess, control: string) {
    this.#child = child;
    this.#control = control;
    child.on('message', (answer: StorageAnswer) => {
      this.#open.get(answer.id)!(answer);
      this.#open.delete(answer.id);
    });
  }

  /** Opens the database at `path`. */
  static async open(path: string): Promise<FailingStorage> {
    const control = `${path}.failing`;
    const child = fork(join(root, 'dist', 'test', 'support', 'storage-process.js'), [path], {
      env: {
        ...process.env,
        LD_PRELOAD: await compiled('support/failing-disk.c', '-shared', '-fPIC', '-ldl'),
        FAILING_DISK: control,
      },
    });
    const storage = new FailingStorage(child, control);
    await storage.head();
    return storage;
  }

  async append(content: string): Promise<StorageAnswer> {
    return await this.#ask('append', content);
  }

  async probe(): Promise<StorageAnswer> {
    return await this.#ask('probe');
  }

  /** The number of the newest message. */
  async head(): Promise<StorageAnswer> {
    return await this.#ask('head');
  }

  /** From now on these calls fail: `sync`, `truncate`; with `once` only one, with `second` the second one. */
  async fail(...words: readonly string[]): Promise<void> {
    await writeFile(this.#control, words.join(' '));
  }

  async recover(): Promise<void> {
    await rm(this.#control, { force: true });
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #ask(kind: StorageRequest['kind'], content = ''): Promise<StorageAnswer> {
    this.#lastId += 1;
    const id = this.#lastId;
    const request: StorageRequest = { id, kind, content };
    return await new Promise((resolve) => {
      this.#open.set(id, resolve);
      this.#child.send(request);
    });
  }
}
