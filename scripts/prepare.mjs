// Makes a checkout ready to run: installs the packages and compiles what has
// changed. `npm start` and `npm test` begin with it, so a fresh clone needs no
// other command. It is the one script in plain JavaScript: it runs before there
// is a compiler.
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...parts) => join(root, ...parts);
const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8'));

function run(program, args) {
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: ['ignore', 2, 2], // progress is not the output of the program that follows
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

function say(text) {
  process.stderr.write(`tcp-chat: ${text}\n`);
}

const lockfile = at('package-lock.json');
const wanted = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
const stamp = at('node_modules', '.tcp-chat-installed');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  say('installing packages (npm ci)');
  // Whatever NODE_ENV says: the compiler is among them.
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, wanted);
}

/** The files below the given folders that end in one of `endings`, with their time of change. */
function* files(folders, endings) {
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && endings.some((ending) => path.endsWith(ending))) {
        yield { path, changedMs: statSync(path).mtimeMs };
      }
    }
  }
}

const sourceFolders = ['src', 'test', 'scripts'];
/** What is for browsers alone; Vite makes dist/web of it. */
const page = at('src', 'web', 'page');
const built = at('dist', '.built'); // written only after a compile without errors
const builtMs = existsSync(built) ? statSync(built).mtimeMs : 0;
const sources = [
  ...files(
    sourceFolders.map((folder) => at(folder)),
    ['.ts'],
  ),
].filter(({ path }) => !path.startsWith(page));
const inputs = [at('tsconfig.json'), stamp].map((path) => statSync(path).mtimeMs);
const isChanged = Math.max(...inputs, ...sources.map((source) => source.changedMs)) > builtMs;

// What was compiled from a file that is gone would still run, as a test for instance.
const expected = new Set(sources.map(({ path }) => relative(root, path).replace(/\.ts$/, '')));
let isIncomplete = false;
if (existsSync(at('dist'))) {
  for (const { path } of files([at('dist')], ['.js', '.d.ts', '.js.map'])) {
    if (path.startsWith(at('dist', 'web'))) continue;
    const module = relative(at('dist'), path).replace(/\.(js|d\.ts|js\.map)$/, '');
    if (!expected.has(module)) {
      rmSync(path);
    }
  }
}

for (const module of expected) {
  if (!existsSync(at('dist', `${module}.js`))) isIncomplete = true;
}

if (isChanged || isIncomplete) {
  say('compiling (tsc)');
  // Without what it knows of the last time the compiler writes every file, also one that
  // is missing.
  if (isIncomplete) rmSync(at('dist', '.tsbuildinfo'), { force: true });
  run(process.execPath, [at('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']);
  for (const program of Object.values(manifest.bin)) chmodSync(at(program), 0o755);
  writeFileSync(built, '');
}

const builtPage = at('dist', '.built-page');
const builtPageMs = existsSync(builtPage) ? statSync(builtPage).mtimeMs : 0;
const pageSources = [
  ...files([at('src', 'web'), at('src', 'client'), at('src', 'protocol')], ['']),
  ...files([at('scripts')], ['build-page.ts']),
];
const pageInputs = [...inputs, ...pageSources.map(({ changedMs }) => changedMs)];
if (Math.max(...pageInputs) > builtPageMs || !existsSync(at('dist', 'web', 'index.html'))) {
  say('building the page (vite)');
  run(process.execPath, [at('dist', 'scripts', 'build-page.js')]);
  writeFileSync(builtPage, '');
}
