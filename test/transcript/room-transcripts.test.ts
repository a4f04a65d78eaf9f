import { expect } from 'chai';
import fc from 'fast-check';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { TranscriptMessage } from '../../src/transcript/line.js';
import { RoomTranscripts } from '../../src/transcript/room-transcripts.js';
import { makeFolder, removeFolder } from '../support/folders.js';

function message(content: string): TranscriptMessage {
  return { kind: 'broadcast', sender: 'alice', content, sentAtMs: 0 };
}

describe('the transcripts of many rooms', () => {
  let folder: string;
  let problems: string[];

  const open = (limits = { openMax: 3, waitingCharsMax: 1024 * 1024 }): RoomTranscripts =>
    new RoomTranscripts(folder, (_path, problem) => problems.push(problem ?? 'works'), limits);

  const contents = async (room: string): Promise<string[]> => {
    const text = await readFile(join(folder, `${room}.txt`), 'utf8');
    return text.split('\n').map((line) => line.replace(/^.*alice: /, ''));
  };

  /** Settles when so many lines are in a room's file. */
  const written = async (room: string, lines: number): Promise<void> => {
    const count = async (): Promise<number> =>
      await contents(room).then(
        (all) => all.length - 1,
        () => 0,
      );
    while ((await count()) < lines);
  };

  /** How many files of the folder are open in this process. */
  const openFiles = (): number => {
    const links = readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return ''; // that of the listing itself
      }
    });
    return links.filter((path) => path.startsWith(folder)).length;
  };

  beforeEach(async () => {
    folder = await makeFolder();
    problems = [];
  });

  afterEach(async () => await removeFolder(folder));

  it('take a few files at a time, and lose and reorder nothing', async function () {
    if (!existsSync('/proc/self/fd')) return void this.skip();
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.nat(19).map((room) => `room-${room}`) },
      { weight: 4, arbitrary: fc.constantFrom('wait', 'wait long') },
      { weight: 1, arbitrary: fc.constantFrom('rest', 'reopen') },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 200 }), async (steps) => {
        await rm(folder, { recursive: true });
        const transcripts = open();
        const expected = new Map<string, string[]>();
        let openMost = 0;
        for (const [index, name] of steps.entries()) {
          if (name === 'wait') await new Promise(setImmediate);
          else if (name === 'wait long') await readFile('/proc/self/stat');
          else if (name === 'reopen') transcripts.reopen();
          else if (name === 'rest') for (const room of expected.keys()) transcripts.rest(room);
          else {
            transcripts.add(name, message(`${index}`));
            expected.set(name, [...(expected.get(name) ?? []), `${index}`]);
          }
          openMost = Math.max(openMost, openFiles());
        }
        await transcripts.close();
        expect(openMost).to.be.at.most(3);
        expect(openFiles()).to.equal(0);
        for (const [room, lines] of expected) {
          expect(await contents(room), room).to.deep.equal([...lines, '']);
        }
      }),
      { numRuns: 60 },
    );
    expect(problems).to.deep.equal([]);
  });

  it('are written in turn, though some have always more to write', async () => {
    const transcripts = open({ openMax: 1, waitingCharsMax: 1024 * 1024 });
    let isOver = false;
    const busy = (async () => {
      for (let count = 0; !isOver; count += 1) {
        transcripts.add('busy', message(`${count}`));
        await new Promise(setImmediate);
      }
    })();
    transcripts.add('other', message('at last'));
    await written('other', 1);
    isOver = true;
    await busy;
    await transcripts.close();
    expect(await contents('other')).to.deep.equal(['at last', '']);
  });

  it('hold a certain amount of text together, and say what is missing beyond', async () => {
    const transcripts = open({ openMax: 3, waitingCharsMax: 10_000 });
    const text = 'x'.repeat(960);
    for (let index = 0; index < 40; index += 1) transcripts.add(`room-${index % 4}`, message(text));
    expect(problems).to.deep.equal(new Array(4).fill('it is written too slowly'));
    for (let room = 0; room < 4; room += 1) {
      // What they held is free again when it was written.
      await written(`room-${room}`, 2);
      await new Promise(setImmediate);
      transcripts.add(`room-${room}`, message('after'));
    }
    await transcripts.close();
    const lines = await Promise.all([0, 1, 2, 3].map(async (room) => contents(`room-${room}`)));
    expect(lines.flat().filter((line) => line === text)).to.have.length(9);
    const missing = lines
      .flat()
      .map((line) => Number(/^\((\d+) lines? (?:is|are) missing/.exec(line)?.[1] ?? 0));
    expect(missing.reduce((sum, count) => sum + count)).to.equal(31);
    for (const one of lines) expect(one.slice(-2)).to.deep.equal(['after', '']);
  });

  it('may be in a folder that is a link, as whoever runs the server has made it', async () => {
    const elsewhere = join(folder, 'elsewhere');
    await mkdir(elsewhere);
    const link = join(folder, 'transcripts');
    await symlink(elsewhere, link);
    const transcripts = new RoomTranscripts(link, (_path, problem) =>
      problems.push(String(problem)),
    );
    transcripts.add('lobby', message('hi'));
    await transcripts.close();
    expect(problems).to.deep.equal([]);
    expect(await readFile(join(elsewhere, 'lobby.txt'), 'utf8')).to.match(/alice: hi\n$/);
  });

  it('let go of files that were moved away when they are opened anew, with or without a line', async function () {
    if (!existsSync('/proc/self/fd')) return void this.skip();
    const transcripts = open();
    for (const room of ['a', 'b']) transcripts.add(room, message('one'));
    for (const room of ['a', 'b']) await written(room, 1);
    for (const room of ['a', 'b']) {
      await rename(join(folder, `${room}.txt`), join(folder, `${room}.1`));
    }
    transcripts.reopen();
    while (openFiles() > 0) await new Promise(setImmediate);
    transcripts.add('a', message('two'));
    await transcripts.close();
    expect(await contents('a')).to.deep.equal(['two', '']);
    expect(existsSync(join(folder, 'b.txt'))).to.equal(false);
  });
});
