import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { GapReason } from '../../src/protocol/messages.js';
import { databaseName } from '../../src/store/sqlite.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { Program } from '../support/programs.js';
import { RawClient } from '../support/raw-client.js';
import { after, expectSeqs, filled, join, publish } from '../support/rooms.js';

const room = 'dev';

describe('a server that is started on damaged files', () => {
  let data: string;
  let programs: Program[];

  beforeEach(async () => {
    data = await makeFolder();
    programs = [];
  });

  afterEach(async () => {
    await Promise.all(programs.map((program) => program.stop()));
    await removeFolder(data);
  });

  async function start(): Promise<{ program: Program; port: number }> {
    const program = new Program('server', ['--port', '0', '--no-http', '--data', data]);
    programs.push(program);
    const [, port] = await program.prints(/listening on tcp:\/\/127\.0\.0\.1:(\d+)\n/);
    return { program, port: Number(port) };
  }

  function change(ending: string, harm: (bytes: Buffer) => void): void {
    const path = joinPath(data, databaseName + ending);
    const bytes = readFileSync(path);
    harm(bytes);
    writeFileSync(path, bytes);
  }

  it('says that a room has lost its end, and so does it to who comes back', async () => {
    let epoch = '';
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const { program, port } = await start();
      using author = await filled(await RawClient.full(port), room, 50);
      ({ epoch } = await join(author, room));
      program.process.kill(signal);
      await program.ended();
    }
    // In the last frame of the last append.
    change('-wal', (bytes) => (bytes[bytes.length - 100]! ^= 1));
    const { program, port } = await start();
    await program.prints(/"rooms":\["dev"\],"roomCount":1,.*a new epoch"/, 'stderr');
    using reader = await RawClient.full(port);
    const joined = await join(reader, room, after(100, epoch));
    expect(joined.epoch).not.to.equal(epoch);
    const { gap } = await reader.nextControl('gap');
    expect(gap).to.include({ room, reason: GapReason.GAP_REASON_EPOCH });
    await publish(await filled(await RawClient.full(port), room, 0), room, ['next']);
    const messages = await reader.until(({ content }) => content === 'next', 'what comes next');
    expect(messages.map(({ seq }) => seq)).to.deep.equal(messages.map((_, index) => index + 1));
  });

  it('gives what can be read when a page is damaged, and names the rest', async () => {
    {
      const { program, port } = await start();
      using author = await RawClient.full(port);
      await filled(author, room, 0);
      const contents = Array.from({ length: 400 }, (_, index) => `${index + 1}`.padEnd(100, '.'));
      await publish(author, room, contents);
      program.process.kill('SIGTERM');
      await program.ended();
    }
    change('', (bytes) => {
      const page = Math.floor(bytes.lastIndexOf('200....') / 4096) * 4096;
      bytes.fill(0x55, page, page + 4096);
    });
    const { port } = await start();
    using reader = await RawClient.full(port);
    await join(reader, room, after(0));
    let next = 1;
    let damaged = 0;
    while (next <= 400) {
      const { seq, content, control } = await reader.next();
      if (control?.$case === 'gap') {
        expect(control.gap).to.include({ fromSeq: next, reason: GapReason.GAP_REASON_DAMAGED });
        damaged += control.gap.toSeq - control.gap.fromSeq + 1;
        next = control.gap.toSeq + 1;
      } else {
        expect([seq, Number.parseInt(content)]).to.deep.equal([next, next]);
        next += 1;
      }
    }
    expect(damaged).to.be.within(1, 60);
    await publish(await filled(await RawClient.full(port), room, 0), room, ['401']);
    await expectSeqs(reader, room, 401, 401);
  });
});
