import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './programs.js';
import type { CertificateFiles } from './certificates.js';

/** Where a file of scripts/deploy is. */
export function shipped(name: string): string {
  return join(root, 'scripts', 'deploy', name);
}

/** What a configuration that is shipped gets in a test: other ports, and other certificates. */
export interface Circumstances {
  /** Where it listens, instead of 443. */
  readonly port: number;
  /** Where the server is, instead of 4444. */
  readonly serverPort: number;
  readonly certificate: CertificateFiles;
}

/** HAProxy or nginx, running with the configuration that is shipped. */
export class ShippedProxy implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, port: number, folder: string) {
    this.#child = child;
    this.port = port;
    this.#folder = folder;
  }

  static async start(
    name: 'haproxy' | 'nginx',
    given: Omit<Circumstances, 'port'>,
  ): Promise<ShippedProxy> {
    const port = await freePort();
    const { folder, path } = inFolder(name, { ...given, port });
    const child = spawn(name, argumentsOf(name, path), { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    while (!(await isTaken(port))) {
      if (child.exitCode !== null) throw new Error(`${name} has ended: ${said}`);
    }
    return new ShippedProxy(child, port, folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await gone;
    rmSync(this.#folder, { recursive: true });
  }
}

/** What the program says of the configuration that is shipped, and whether that is good. */
export async function verdictOf(
  name: 'haproxy' | 'nginx',
  given: Circumstances,
): Promise<{ readonly isGood: boolean; readonly said: string }> {
  const { folder, path } = inFolder(name, given);
  const check = name === 'haproxy' ? ['-c', '-f', path] : ['-t', '-c', path];
  try {
    return await judged(name, check);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a program says, on both outputs, and whether it ends with 0. */
export async function judged(
  program: string,
  args: readonly string[],
): Promise<{ readonly isGood: boolean; readonly said: string }> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  const [exitCode] = (await once(child, 'close')) as [number];
  return { isGood: exitCode === 0, said };
}

function argumentsOf(name: 'haproxy' | 'nginx', path: string): string[] {
  return name === 'haproxy' ? ['-db', '-f', path] : ['-c', path, '-g', 'daemon off;'];
}

/** The configuration in a folder of its own, for these circumstances. */
function inFolder(
  name: 'haproxy' | 'nginx',
  { port, serverPort, certificate }: Circumstances,
): { folder: string; path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tcp-chat-test-'));
  const { tlsCert, tlsKey } = certificate;
  const both = join(folder, 'both.pem');
  writeFileSync(both, readFileSync(tlsCert, 'utf8') + readFileSync(tlsKey, 'utf8'));
  const text = readFileSync(shipped(name === 'haproxy' ? 'haproxy.cfg' : 'nginx.conf'), 'utf8')
    .replace('/etc/tcp-chat/cert-and-key.pem', both)
    .replace('/etc/tcp-chat/cert.pem', tlsCert)
    .replace('/etc/tcp-chat/key.pem', tlsKey)
    .replace('bind :443', `bind 127.0.0.1:${port}`)
    .replace('listen 443', `listen 127.0.0.1:${port}`)
    .replace('listen [::]:443 ssl;', '')
    .replaceAll('127.0.0.1:4444', `127.0.0.1:${serverPort}`)
    // Where the system's own writes.
    .replace('events {', `pid ${folder}/pid;\nerror_log ${folder}/log;\nevents {`)
    .replace('http {', `http {\naccess_log off;\n${temporaryPaths(folder)}`);
  const path = join(folder, 'configuration');
  writeFileSync(path, text);
  return { folder, path };
}

function temporaryPaths(folder: string): string {
  return ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${kind};\n`)
    .join('');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function isTaken(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
