import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from './support/programs.js';

/** Which folders of src may import from which; those not named may import all. */
const imports: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  core: ['protocol'],
  transports: ['protocol', 'core'],
  transcript: ['protocol'],
  store: ['protocol', 'core'],
  auth: ['core', 'protocol'],
  client: ['protocol'],
  web: ['protocol', 'client'],
};

/** Beside the folders: the door to a package, and a queue. */
const shared: ReadonlySet<string> = new Set(['ws.js', 'queue.js']);

/** What the page is written in, as the rest is written in TypeScript. */
const pageLanguage = ['preact', 'preact/hooks', '@preact/signals'];

const linesMax = 320;

interface SourceFile {
  /** Relative to src, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly imported: readonly string[];
}

function sourceFiles(): SourceFile[] {
  const src = join(root, 'src');
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !path.includes('generated'))
    .map((path) => {
      const text = readFileSync(join(src, path), 'utf8');
      const imported = [...text.matchAll(/from '([^']+)'/g)].map((match) => match[1]!);
      return { path: path.replaceAll('\\', '/'), text, imported };
    });
}

describe('the source tree', () => {
  const files = sourceFiles();

  it('imports inward only: protocol, core, transports; siblings never meet', () => {
    for (const { path, imported } of files) {
      const [folder] = path.split('/');
      const allowed = imports[folder!];
      if (allowed === undefined) continue;
      for (const name of imported.filter((one) => one.startsWith('.'))) {
        const target = relative('.', join(dirname(path), name)).split('/')[0]!;
        // What several of them need belongs to none.
        if (shared.has(target)) continue;
        if (target !== folder) expect(allowed, `${path} imports ${name}`).to.include(target);
      }
    }
  });

  it('keeps protocol, the client and the page free of Node, but for what says so in its name', () => {
    for (const { path, imported } of files) {
      const isForBrowsers =
        /^(protocol|client|web)\//.test(path) && !/dial-tcp|connect\.ts$/.test(path);
      if (isForBrowsers)
        expect(
          imported.filter((name) => name.startsWith('node:')),
          path,
        ).to.be.empty;
    }
  });

  it('keeps input and output, clocks and timers out of the core', () => {
    for (const { path, text, imported } of files.filter((file) => file.path.startsWith('core/'))) {
      expect(
        imported.filter((name) => name.startsWith('node:')),
        path,
      ).to.be.empty;
      expect(text, path).not.to.match(
        /\b(setTimeout|setInterval|setImmediate|Date\.now|Math\.random)\b/,
      );
    }
  });

  it('has the time and the chance of a client in one file', () => {
    for (const { path, text } of files) {
      if (!path.startsWith('client/') || path === 'client/environment.ts') continue;
      expect(text, path).not.to.match(
        /\b(setTimeout|setInterval|setImmediate|Date\.now|performance|Math\.random|crypto)\b/,
      );
    }
  });

  it('imports each package in one file, but for the language of the page, which stays in there', () => {
    const importers = new Map<string, string[]>();
    for (const { path, imported } of files) {
      for (const name of new Set(imported.filter((one) => !/^(\.|node:)/.test(one)))) {
        importers.set(name, [...(importers.get(name) ?? []), path]);
      }
    }
    for (const name of pageLanguage) {
      expect(importers.get(name), name).to.satisfy((paths: readonly string[]) =>
        paths.every((path) => path.startsWith('web/page/')),
      );
      importers.delete(name);
    }
    expect([...importers.keys()]).to.include.members(['better-sqlite3', 'pino', 'ws', 'yargs']);
    for (const [name, paths] of importers) expect(paths, name).to.have.length(1);
  });

  it('makes no HTML of text, and has no style or script in the page itself', () => {
    for (const { path, text } of files.filter((file) => file.path.startsWith('web/'))) {
      expect(text, path).not.to.match(/innerHTML|insertAdjacentHTML|document\.write|\sstyle=/);
    }
    const page = readFileSync(join(root, 'src', 'web', 'index.html'), 'utf8');
    expect(page).not.to.match(/<style|\sstyle=|\son\w+=|<script(?! type="module" src=)/);
  });

  it(`has an idea per file: at most ${linesMax} lines`, () => {
    for (const { path, text } of files) {
      expect(text.split('\n').length, path).to.be.at.most(linesMax);
    }
  });

  it('names no address of a package registry', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.to.contain('"resolved"');
  });
});
