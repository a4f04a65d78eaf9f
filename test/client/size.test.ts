import { expect } from 'chai';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Rollup } from 'vite';
import { root } from '../support/programs.js';

describe('the client for browsers', () => {
  it('is at most 24 kB, gzipped', async () => {
    const built = (await build({
      configFile: false,
      logLevel: 'silent',
      build: {
        write: false,
        lib: {
          entry: join(root, 'dist', 'src', 'client', 'index.js'),
          formats: ['iife'],
          name: 'tcpChat',
        },
      },
    })) as Rollup.RollupOutput[];
    const [script] = built.flatMap(({ output }) => output);
    expect(script!.type).to.equal('chunk');
    const { code } = script as Rollup.OutputChunk;
    expect(gzipSync(code, { level: 9 }).length).to.be.within(5000, 24_000);
  });
});
