// Makes dist/web of src/web: type check, Vite, and each file compressed beside it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build, type InlineConfig } from 'vite';
import { root, run } from './run.js';

const folder = join(root, 'dist', 'web');

/** How Vite makes the page, for good and while it is being developed. */
export const pageConfig: InlineConfig = {
  root: join(root, 'src', 'web'),
  // Relative, so that it works behind a proxy under any path.
  base: './',
  configFile: false,
  envDir: false,
  logLevel: 'warn',
  build: {
    outDir: folder,
    emptyOutDir: true,
    // Everything is a file with its hash in the name: cached for ever, and no exception
    // in the Content-Security-Policy.
    assetsInlineLimit: 0,
    // It would write an inline script.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
};

/** Builds the page; returns whether its types are right. */
export async function buildPage(): Promise<boolean> {
  if (!run('tsc', ['-p', join('src', 'web')])) return false;
  await build(pageConfig);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) compress(join(entry.parentPath, entry.name));
  }
  return true;
}

/** Now, as hard as possible, and never while somebody waits for it. */
function compress(path: string): void {
  const content = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(content));
}

if (process.argv[1]?.endsWith('build-page.js')) process.exitCode = (await buildPage()) ? 0 : 1;
