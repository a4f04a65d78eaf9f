import { expect } from 'chai';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { ErrorCode, GapReason, type Control } from '../../src/protocol/messages.js';
import { databaseName } from '../../src/store/sqlite/storage.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { ask } from '../support/http.js';
import { Measured } from '../support/metrics.js';
import { Program } from '../support/programs.js';
import { RawClient } from '../support/raw-client.js';
import { after, expectSeqs, filled, join, publish, toRoom } from '../support/rooms.js';
import { TestServer } from '../support/server.js';

const room = 'dev';

describe('a server whose files are damaged or gone', () => {
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

  it('acks nothing while its database is away, and says so everywhere', async () => {
    await using server = await TestServer.start({ store: 'sqlite', data });
    const author = await filled(await server.full(), room, 10);
    const path = joinPath(data, databaseName);
    renameSync(path, joinPath(data, 'away'));
    const send = async (): Promise<Control> => {
      author.send(toRoom(room, 'hello', `${performance.now()}`));
      const isAnswer = (kind?: string): boolean => kind === 'ack' || kind === 'error';
      const answers = await author.until(({ control }) => isAnswer(control?.$case), 'an answer');
      return answers.at(-1)!.control!;
    };
    // It looks once a second.
    const deadline = performance.now() + 1500;
    let answer = await send();
    while (answer.$case === 'ack' && performance.now() < deadline) answer = await send();
    for (const next of [answer, await send()]) {
      const code = ErrorCode.ERROR_CODE_STORE_UNAVAILABLE;
      expect(next.$case === 'error' && next.error.code).to.equal(code);
    }
    const { httpPort } = server.chat;
    const ready = await ask(httpPort!, '/readyz');
    expect([ready.status, ready.body]).to.deep.equal([
      503,
      'messages cannot be stored at the moment\n',
    ]);
    const failing = async (): Promise<number> =>
      (await Measured.of(httpPort!)).get('tcp_chat_store_failing', 'gauge');
    expect(await failing()).to.equal(1);

    renameSync(joinPath(data, 'away'), path);
    expect((await send()).$case).to.equal('ack');
    expect(await failing()).to.equal(0);
    expect((await ask(httpPort!, '/readyz')).status).to.equal(200);
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
