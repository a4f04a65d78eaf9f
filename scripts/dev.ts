// npm run dev [-- SERVER FLAGS]: the page, which reloads when it is changed, and a server
// that is compiled and started again when its sources are. Ctrl+C ends both.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, sep } from 'node:path';
import { createServer, type ViteDevServer } from 'vite';
import { pageConfig } from './build-page.js';
import { root } from './run.js';

const src = join(root, 'src');
/** Vite compiles what is in here, the rest of src/web is both's. */
const pageOnly = join(src, 'web', 'page') + sep;

/** The server program, on the same ports each time. */
class ChatServerProcess {
  readonly #flags: readonly string[];
  #child: ChildProcess | undefined;
  /** Free ones at first. */
  #httpPort = '0';

  constructor(flags: readonly string[]) {
    this.#flags = flags;
  }

  get httpPort(): string {
    return this.#httpPort;
  }

  /** Starts it; settles when it listens, or has ended without that, and says which. */
  async start(): Promise<boolean> {
    const program = join(root, 'dist', 'src', 'cli', 'server.js');
    const flags = ['--http-port', this.#httpPort, ...this.#flags];
    const child = spawn(process.execPath, ['--enable-source-maps', program, ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    const listening = new Promise<boolean>((resolve) => {
      let printed = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        process.stdout.write(text);
        printed += text;
        const port = /listening on http:\/\/\S*:(\d+)\n/.exec(printed)?.[1];
        if (port === undefined) return;
        this.#httpPort = port;
        resolve(true);
      });
    });
    const ended = once(child, 'exit').then(() => false);
    return await Promise.race([listening, ended]);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
}

/** Compiles what is not the page's; returns whether there were no mistakes, which are shown. */
async function compile(): Promise<boolean> {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const child = spawn(process.execPath, [compiler, '-p', root], { stdio: 'inherit' });
  const [exitCode] = (await once(child, 'exit')) as [number | null];
  return exitCode === 0;
}

/** Calls back for each change of what the server is made of, one after the other. */
function onServerChange(vite: ViteDevServer, react: () => Promise<void>): void {
  let isBusy = false;
  let isDue = false;
  const change = async (path: string): Promise<void> => {
    const isServers = path.startsWith(src) && path.endsWith('.ts') && !path.startsWith(pageOnly);
    if (!isServers) return;
    isDue = true;
    if (isBusy) return;
    isBusy = true;
    while (isDue) {
      isDue = false;
      await react();
    }
    isBusy = false;
  };
  vite.watcher.add(src);
  for (const event of ['add', 'change', 'unlink'] as const) {
    vite.watcher.on(event, (path) => void change(path));
  }
}

const server = new ChatServerProcess(process.argv.slice(2));
if (!(await server.start())) process.exit(1);
const vite = await createServer({
  ...pageConfig,
  server: {
    // Not to be seen from elsewhere while it is being worked on.
    host: '127.0.0.1',
    proxy: { '/ws': { target: `ws://127.0.0.1:${server.httpPort}`, ws: true } },
  },
});
await vite.listen();
process.stdout.write(`the page, as it is being changed: ${vite.resolvedUrls?.local[0]}\n`);

onServerChange(vite, async () => {
  if (!(await compile())) return;
  process.stdout.write('the server has changed and is started again\n');
  await server.stop();
  await server.start();
});

const stop = async (): Promise<void> => {
  await vite.close();
  await server.stop();
  process.exit();
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
