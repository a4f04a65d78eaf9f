import { expect } from 'chai';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '../../src/index.js';
import { errorFacts } from '../../src/protocol/errors.js';
import { ErrorCode } from '../../src/protocol/messages.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { ask } from '../support/http.js';
import { startServerProgram, type Program } from '../support/programs.js';
import { RawClient } from '../support/raw-client.js';

const { sentence } = errorFacts[ErrorCode.ERROR_CODE_TOO_MANY_CONNECTIONS];
const openFilesMax = 256;

// "connections per address / in all": "one readable refusal, close".
describe('a server with few files', () => {
  let folder: string;
  let program: Program;
  let port: number;
  let httpPort: number;
  let clients: RawClient[];

  before(function () {
    // Elsewhere it does not know its limit.
    if (!existsSync('/proc/self/limits')) this.skip();
  });

  beforeEach(async () => {
    folder = await makeFolder();
    clients = [];
    const args = ['--store', 'sqlite', '--data', folder, '--transcripts'];
    ({ program, port } = await startServerProgram(args, {}, { openFilesMax }));
    const [, http] = await program.prints(/listening on http:\/\/127\.0\.0\.1:(\d+)\n/);
    httpPort = Number(http);
  });

  afterEach(async () => {
    for (const client of clients) client[Symbol.dispose]();
    await program.stop();
    await removeFolder(folder);
  });

  /** Connects so often at the same time, and returns those that were let in. */
  const crowd = async (count: number): Promise<RawClient[]> => {
    const all = await Promise.all(
      Array.from({ length: count }, async () => RawClient.connect(port)),
    );
    clients.push(...all);
    for (const client of all) client.echo('am I in?');
    const isIn = await Promise.all(
      all.map(async (client) => {
        const { content } = await client.next();
        // Nobody is turned away without a sentence.
        expect(content).to.be.oneOf(['(echo)am I in?', `(error)${sentence}`]);
        return content.startsWith('(echo)');
      }),
    );
    return all.filter((_, index) => isIn[index]);
  };

  const logged = (pattern: RegExp): Record<string, unknown>[] =>
    program.stderr
      .split('\n')
      .filter((line) => pattern.test(line))
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('says so, and tells everybody beyond them why they are turned away', async () => {
    await program.prints(/allows few connections/, 'stderr');
    expect(logged(/allows few/)).to.have.length(1);
    const { possible } = logged(/allows few/)[0]!;

    const inside = await crowd(400);
    expect(inside).to.have.length(possible as number);
    expect(possible).to.be.within(100, openFilesMax);
    // All that needs files besides them works.
    inside[0]!.broadcast('full house');
    const { content } = await inside[1]!.next();
    expect(content).to.equal('(broadcast)full house');
    const transcript = join(folder, 'transcripts', 'lobby.txt');
    while (!(await readFile(transcript, 'utf8')).includes('full house'));
    const { status, body } = await ask(httpPort, '/healthz');
    expect([status, body]).to.deep.equal([503, `${sentence}\n`]);

    const full = await crowd(300);
    expect(full).to.have.length(0);
    await program.prints(/running out of files/, 'stderr');
    expect(logged(/running out of files/)).to.have.length(1);
    expect(logged(/"connection refused"/)).to.have.length(1);
    expect(logged(/cannot be accepted/)).to.have.length(0);
  });

  it('has room again when somebody goes, and drains as ever', async () => {
    const inside = await crowd(400);
    for (const client of inside.slice(0, 20)) client.end();
    await Promise.all(inside.slice(0, 20).map(async (client) => client.closed()));
    for (;;) {
      using late = await RawClient.connect(port);
      late.echo('am I in?');
      if ((await late.next()).content === '(echo)am I in?') break;
    }
    expect((await ask(httpPort, '/healthz')).status).to.equal(200);
    program.process.kill('SIGTERM');
    for (const client of inside.slice(20)) {
      expect((await client.next()).content).to.equal('(error)the server is shutting down');
    }
    expect((await program.ended()).exitCode).to.equal(0);
  });

  it('keeps the transcripts of more rooms than it has files', async () => {
    const members = await Promise.all(
      Array.from({ length: 4 }, async () => connect(`tcp://127.0.0.1:${port}`)),
    );
    await Promise.all(
      members.map(async (member, index) => {
        for (let room = 0; room < 99; room += 1) {
          await member.join(`room-${index}-${room}`);
          await member.send('one', { room: `room-${index}-${room}` });
        }
      }),
    );
    for (const [index, member] of members.entries()) {
      await Promise.all(
        Array.from({ length: 99 }, async (_, room) =>
          member.send('two', { room: `room-${index}-${room}` }),
        ),
      );
    }
    await Promise.all(members.map((member) => member.close()));
    // Somebody else still gets in.
    expect(await crowd(50)).to.have.length(50);
    program.process.kill('SIGTERM');
    expect((await program.ended()).exitCode).to.equal(0);
    const names = readdirSync(join(folder, 'transcripts')).filter((name) => /^room-/.test(name));
    expect(names).to.have.length(4 * 99);
    for (const name of names) {
      const text = await readFile(join(folder, 'transcripts', name), 'utf8');
      expect(text.replace(/^\S+ broadcast \S+ /gm, ''), name).to.equal('one\ntwo\n');
    }
    expect(logged(/cannot be (written|accepted)/)).to.have.length(0);
  });
});
