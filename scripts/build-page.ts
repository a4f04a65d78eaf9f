// Makes dist/web of src/web: type check, then Vite.
import { join } from 'node:path';
import { build, type InlineConfig } from 'vite';
import { root, run } from './run.js';

/** How Vite makes the page, for good and while it is being developed. */
export const pageConfig: InlineConfig = {
  root: join(root, 'src', 'web'),
  // Relative, so that it works behind a proxy under any path.
  base: './',
  configFile: false,
  envDir: false,
  logLevel: 'warn',
  build: {
    outDir: join(root, 'dist', 'web'),
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
  return true;
}

if (process.argv[1]?.endsWith('build-page.js')) process.exitCode = (await buildPage()) ? 0 : 1;
