import { expect } from 'chai';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSlots } from '../../src/transcript/file-slots.js';
import { transcriptLine } from '../../src/transcript/line.js';
import { TranscriptFile } from '../../src/transcript/transcript-file.js';
import { WaitingText } from '../../src/transcript/waiting-text.js';
import { SmallDisk } from '../support/small-disk.js';

const sentAtMs = Date.UTC(2026, 0, 31, 12, 0, 0, 5);

function message(content: string, sender = 'alice'): Parameters<typeof transcriptLine>[0] {
  return { kind: 'broadcast', sender, content, sentAtMs };
}

describe('transcriptLine', () => {
  it('has time, kind, sender and text', () => {
    expect(transcriptLine(message('hello, world'))).to.equal(
      '2026-01-31T12:00:00.005Z broadcast alice: hello, world\n',
    );
  });

  it('is one line, whatever the text and the sender are', () => {
    const forged = 'hi\n2026-01-31T12:00:00.006Z broadcast bob: I owe alice money\r\u2028\u0085x';
    const line = transcriptLine(message(forged, 'al\nice'));
    expect(line.split(/[\n\r\u2028\u2029\u0085\v\f]/)).to.have.length(2);
    expect(line).to.contain('alice money').and.to.contain('al\\nice: hi\\n2026');
  });
});

describe('TranscriptFile', () => {
  let folder: string;
  let problems: Array<string | undefined>;

  const newFile = (path: string): TranscriptFile =>
    new TranscriptFile(path, (problem) => problems.push(problem), {
      slots: new FileSlots(1),
      waitingText: new WaitingText(1024 * 1024),
      isPlain: true,
    });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tcp-chat-transcript-'));
    problems = [];
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('keeps the messages in order', async () => {
    const path = join(folder, 'lobby.txt');
    const file = newFile(path);
    const contents = Array.from({ length: 1000 }, (_, index) => `message ${index}`);
    for (const content of contents) file.add(message(content));
    await file.close();
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => line.split(': ')[1])).to.deep.equal(contents);
    expect(problems).to.deep.equal([]);
  });

  it('appends to what is there, on a line of its own after a crash', async () => {
    const path = join(folder, 'lobby.txt');
    await writeFile(path, 'half a li');
    const file = newFile(path);
    file.add(message('next'));
    await file.close();
    expect(await readFile(path, 'utf8')).to.equal(`half a li\n${transcriptLine(message('next'))}`);
  });

  it('is closed while it rests, and opened again for the next line', async () => {
    const path = join(folder, 'lobby.txt');
    const file = newFile(path);
    file.add(message('one'));
    expect(await file.rest()).to.equal(true);
    await rm(path);
    file.add(message('two'));
    await file.close();
    expect(await readFile(path, 'utf8')).to.equal(transcriptLine(message('two')));
    expect(problems).to.deep.equal([]);
  });

  it('goes on in a new file after reopen, as logrotate wants it', async () => {
    const path = join(folder, 'lobby.txt');
    const first = newFile(path);
    first.add(message('before'));
    await first.close();
    const file = newFile(path);
    file.add(message('still before'));
    await settled(path, 'still before');
    await rename(path, `${path}.1`);
    file.reopen();
    file.add(message('after'));
    await file.close();
    expect(await readFile(`${path}.1`, 'utf8')).to.contain('still before');
    expect(await readFile(path, 'utf8')).to.equal(transcriptLine(message('after')));
  });

  it('reports a full disk once, goes on, and says how many lines are missing', async function () {
    const small = join(folder, 'small');
    await mkdir(small);
    using disk = SmallDisk.mount(this, small, 1);
    const path = join(small, 'lobby.txt');
    const makeRoom = disk.fill();
    const file = newFile(path);
    file.add(message('lost 1'));
    await reported(problems, 1);
    file.add(message('lost 2'));
    file.add(message('lost 3'));
    expect(await file.rest()).to.equal(false);
    expect(problems).to.have.length(1);
    expect(problems[0]).to.contain('ENOSPC');

    makeRoom();
    file.add(message('kept'));
    await file.close();
    expect(problems).to.have.length(2);
    expect(problems[1]).to.equal(undefined);
    expect(await readFile(path, 'utf8')).to.equal(
      `(3 lines are missing here)\n${transcriptLine(message('kept'))}`,
    );
  });

  // Whoever may make files in the folder decides otherwise where the server writes.
  it('is no link, and neither a folder, a pipe nor a device; once it is gone, the file goes on', async () => {
    const secret = join(folder, 'secret.txt');
    await writeFile(secret, 'secret\n');
    const path = join(folder, 'lobby.txt');
    const impostors: ReadonlyArray<readonly [RegExp, () => unknown]> = [
      [/symbolic link/, async () => symlink(secret, path)],
      [/symbolic link/, async () => symlink(join(folder, 'nowhere'), path)],
      [/symbolic link/, async () => symlink('/dev/null', path)],
      [/directory/, async () => mkdir(path)],
      [/not a regular file/, () => spawnSync('mkfifo', [path])],
    ];
    for (const [problem, make] of impostors) {
      problems = [];
      await make();
      const file = newFile(path);
      file.add(message('lost 1'));
      await reported(problems, 1);
      expect(problems[0]).to.match(problem);
      file.add(message('lost 2'));
      expect(await file.rest()).to.equal(false);
      await rm(path, { recursive: true });
      file.add(message('kept'));
      await file.close();
      expect(problems.slice(1)).to.deep.equal([undefined]);
      expect(await readFile(path, 'utf8')).to.equal(
        `(2 lines are missing here)\n${transcriptLine(message('kept'))}`,
      );
      await rm(path);
    }
    expect(await readFile(secret, 'utf8')).to.equal('secret\n');
  });

  it('may be a link or a device where somebody has named it', async () => {
    const target = join(folder, 'target.txt');
    const path = join(folder, 'link.txt');
    await symlink(target, path);
    for (const name of [path, '/dev/null']) {
      const file = new TranscriptFile(name, (problem) => problems.push(problem));
      file.add(message('kept'));
      await file.close();
    }
    expect(problems).to.deep.equal([]);
    expect(await readFile(target, 'utf8')).to.equal(transcriptLine(message('kept')));
  });
});

/** Resolves when the file holds the text. */
async function settled(path: string, text: string): Promise<void> {
  while (!(await readFile(path, 'utf8')).includes(text)) await new Promise(setImmediate);
}

async function reported(problems: readonly unknown[], count: number): Promise<void> {
  while (problems.length < count) await new Promise(setImmediate);
}
