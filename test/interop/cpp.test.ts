import { execFile, type PromiseWithChild } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { cppPackages } from '../../scripts/system-packages.js';
import { createServer } from '../../src/index.js';
import { need } from '../support/needs.js';
import { vectors } from '../support/vectors.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const proto = join(root, 'proto');
const schema = 'tcpchat/v1/chat.proto';
const source = join(root, 'test', 'interop', 'cpp');
/** Where what was built is kept for the next run. */
const built = join(root, 'dist', 'interop');

describe('a client in C++, built from chat.proto', function () {
  this.timeout(300_000);
  let program: string;

  before(async function () {
    need(this, cppPackages);
    program = await clientProgram();
  });

  it('reads and writes the vectors as they are, and chats as bare and as full session', async () => {
    await using server = await createServer({
      port: 0,
      http: false,
      store: 'memory',
      rateLimit: 0,
    });
    const { output, exitCode } = await outcome(program, server.port);
    expect(exitCode, output).to.equal(0);
    expect(output).to.match(/^both: the connections end in good order$/m);
  });
});

/** What the client says of a server, and its exit code. */
async function outcome(
  program: string,
  port: number,
): Promise<{ output: string; exitCode: number | null }> {
  const running: PromiseWithChild<{ stdout: string }> = run(program, ['127.0.0.1', String(port)]);
  running.child.stdin?.end(vectorLines());
  try {
    const { stdout } = await running;
    return { output: stdout, exitCode: 0 };
  } catch (error) {
    const { stdout = '', message } = error as Error & { stdout?: string };
    return { output: `${stdout}${message}`, exitCode: running.child.exitCode };
  }
}

/** The vectors as vectors.h wants them; of the invalid ones those that are whole frames. */
function vectorLines(): string {
  const lines = [
    ...vectors.canonical.map((vector) => ['canonical', vector] as const),
    ...vectors.decodeOnly.map((vector) => ['decodeOnly', vector] as const),
    ...vectors.refused.map((vector) => ['decodeOnly', vector] as const),
    ...vectors.invalid
      .filter(({ error }) => /UNDECODABLE|UTF8|TRUNCATED/.test(error))
      .map((vector) => ['invalid', { ...vector, message: {} }] as const),
  ];
  return lines
    .map(([kind, { name, hex, message }]) => `${kind}\t${name}\t${hex}\t${JSON.stringify(message)}`)
    .map((line) => `${line}\n`)
    .join('');
}

/** The path of the compiled client; it is compiled if it was not for these very sources. */
async function clientProgram(): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(join(proto, schema)));
  for (const name of readdirSync(source).toSorted()) {
    hash.update(name).update(readFileSync(join(source, name)));
  }
  const { stdout: version } = await run('protoc', ['--version']);
  hash.update(version);
  const program = join(built, `cpp-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(program)) return program;

  const folder = await mkdtemp(join(tmpdir(), 'tcp-chat-cpp-'));
  try {
    await run('protoc', [`--proto_path=${proto}`, `--cpp_out=${folder}`, schema]);
    // Two runs of the compiler at once.
    const objects = await Promise.all(
      [join(source, 'main.cpp'), join(folder, 'tcpchat', 'v1', 'chat.pb.cc')].map(
        async (path, index) => {
          const object = join(folder, `${index}.o`);
          await run('g++', ['-std=c++17', '-O0', '-Wall', '-I', folder, '-c', path, '-o', object]);
          return object;
        },
      ),
    );
    await mkdir(built, { recursive: true });
    for (const name of readdirSync(built)) {
      if (name.startsWith('cpp-')) await rm(join(built, name), { force: true });
    }
    // Linked under another name, so that what has the right name is always whole.
    const linked = `${program}.${process.pid}`;
    await run('g++', [...objects, '-lprotobuf', '-lpthread', '-o', linked]);
    await rename(linked, program);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return program;
}
