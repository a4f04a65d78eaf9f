import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { root } from '../support/programs.js';
import { TestServer } from '../support/server.js';

const folder = join(root, 'dist', 'web');
const assets = readdirSync(join(folder, 'assets'));

/** What somebody downloads for the first visit stays less than a picture. */
const scriptBytesMax = 60_000;

describe('the built page', () => {
  it('has every file compressed beside it, and is small', () => {
    const plain = assets.filter((name) => !/\.(br|gz)$/.test(name));
    for (const name of plain) {
      const content = readFileSync(join(folder, 'assets', name));
      const compressed = (ending: string) => readFileSync(join(folder, 'assets', name + ending));
      expect(gunzipSync(compressed('.gz')).equals(content), name).to.equal(true);
      expect(brotliDecompressSync(compressed('.br')).equals(content), name).to.equal(true);
    }
    const scripts = assets.filter((name) => name.endsWith('.js.gz'));
    const bytes = scripts.map((name) => readFileSync(join(folder, 'assets', name)).length);
    expect(bytes.reduce((sum, one) => sum + one)).to.be.within(1, scriptBytesMax);
  });

  it('asks nobody else for anything, and has no script or style but in files', () => {
    const page = readFileSync(join(folder, 'index.html'), 'utf8');
    const addresses = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
    expect(addresses).to.have.length(3);
    for (const address of addresses) expect(address).to.match(/^\.\/assets\/\w+-[\w-]+\.\w+$/);
    expect(page).not.to.match(/<style|\sstyle=|<script[^>]*>[^<]/);
    const styles = assets.filter((name) => name.endsWith('.css'));
    for (const name of styles) {
      expect(readFileSync(join(folder, 'assets', name), 'utf8')).not.to.match(/url\(|@import/);
    }
  });

  it('is served with a policy; its files are kept for ever, the page itself is asked for', async () => {
    await using server = await TestServer.start();
    const url = `http://127.0.0.1:${server.chat.httpPort}/`;
    const page = await fetch(url);
    expect(page.headers.get('content-type')).to.match(/^text\/html/);
    expect(page.headers.get('content-security-policy')).to.contain("default-src 'none'");
    expect(page.headers.get('cache-control')).to.equal('no-cache');
    const script = await fetch(`${url}assets/${assets.find((name) => name.endsWith('.js'))}`);
    expect(script.headers.get('cache-control')).to.contain('immutable');
    expect(script.headers.get('content-encoding')).to.be.oneOf(['br', 'gzip']);
    await Promise.all([page.text(), script.text()]);
  });
});
