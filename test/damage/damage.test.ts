import { expect } from 'chai';
import { cpSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { databaseName } from '../../src/store/sqlite/storage.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { Random } from '../support/random.js';
import { kinds, undoReadOnly } from './kinds.js';
import { ServerHost } from './server-host.js';
import { Verdict } from './verdict.js';

/** The database, its write-ahead log, the index of that, the heads, and the lock. */
const endings = ['', '-wal', '-shm', '.heads', '.lock'];

/** It decides which bit and which page; whatever it finds can be had again. */
const seed = Number(process.env['DAMAGE_SEED'] ?? Math.floor(Math.random() * 1e6));

// README, "What you can rely on": also when the files are damaged, the server starts or says why
// it does not; nobody gets a wrong message or a silent hole, and no number is given twice in one epoch.
describe(`damage to a server's files (DAMAGE_SEED=${seed})`, () => {
  const random = new Random(seed);
  let base: string;
  let verdict: Verdict;
  let host: ServerHost;

  /** A server that was killed: it left messages in the database and others in the log. */
  async function killedServer(folder: string): Promise<Verdict> {
    const record = new Verdict();
    await using server = new ServerHost();
    for (const end of ['stop', 'kill'] as const) {
      const answer = await server.start(folder);
      expect(answer.kind).to.equal('started');
      if (answer.kind === 'started') expect(await record.check(answer.port, 150)).to.equal(300);
      await server[end]();
    }
    return record;
  }

  function copyOf(name: string, to: string): void {
    // Sockets cannot be copied.
    const filter = (path: string): boolean => !statSync(path).isSocket();
    cpSync(join(base, name), to, { recursive: true, filter });
  }

  before(async () => {
    base = await makeFolder();
    verdict = await killedServer(join(base, 'killed'));
    await killedServer(join(base, 'other'));
    host = new ServerHost();
    for (const ending of endings) {
      expect(existsSync(join(base, 'killed', databaseName + ending)), ending).to.equal(true);
    }
  });

  after(async () => {
    await host[Symbol.asyncDispose]();
    await removeFolder(base);
  });

  let folder: string;

  beforeEach(async () => {
    folder = await makeFolder();
  });

  afterEach(async () => {
    undoReadOnly(readdirSync(folder).map((name) => join(folder, name)));
    await removeFolder(folder);
  });

  /** Starts a server twice, the second time on what the first one has left; returns its warnings. */
  async function checkStopped(record: Verdict): Promise<readonly string[] | undefined> {
    let warnings: readonly string[] | undefined;
    for (let start = 0; start < 2; start += 1) {
      const answer = await host.start(folder);
      if (answer.kind === 'refused') {
        expect(answer.name, answer.sentence).to.equal('StoreOpenError');
        expect(answer.sentence).to.match(/tcp-chat\.db[^\n]* [^\n]*$/);
        return warnings;
      }
      if (answer.kind !== 'started') throw new Error(answer.kind);
      warnings ??= answer.warnings;
      await record.check(answer.port, 3);
      await host.stop();
    }
    return warnings;
  }

  it('is not seen where there is none, after a kill', async () => {
    copyOf('killed', folder);
    expect(await checkStopped(verdict.copy())).to.deep.equal([]);
  });

  for (const ending of endings) {
    for (const [kind, damage] of Object.entries(kinds)) {
      const file = `${databaseName}${ending}`;
      // The lock file is empty.
      if (ending === '.lock' && !/removed|replaced|read-only/.test(kind)) continue;
      if (kind.includes('text') && ending !== '' && ending !== '-wal') continue;
      const isChosen = kind.startsWith('a bit') || kind === 'a page';
      it(`${file}, ${kind}, while it is stopped`, async () => {
        for (let round = 0; round < (isChosen ? 2 : 1); round += 1) {
          const record = verdict.copy();
          copyOf('killed', folder);
          damage(join(folder, file), random, join(base, 'other', file));
          await checkStopped(record);
        }
      });

      it(`${file}, ${kind}, while it is served`, async () => {
        const record = verdict.copy();
        copyOf('killed', folder);
        await using own = new ServerHost();
        const answer = await own.start(folder);
        if (answer.kind !== 'started') throw new Error('it did not start');
        await record.check(answer.port, 3);
        damage(join(folder, file), random, join(base, 'other', file));
        // It may end by this: a file that is mapped and has become shorter.
        await record.check(answer.port, 3).catch((error: unknown) => {
          if (!/ECONN|closed|the end|EPIPE/.test(String(error))) throw error;
        });
        await own.kill();
        undoReadOnly([join(folder, file)]);
        await checkStopped(record);
      });
    }
  }
});
