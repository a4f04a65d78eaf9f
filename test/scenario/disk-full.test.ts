import { expect } from 'chai';
import { join } from 'node:path';
import { chatMessage } from '../../src/protocol/codec.js';
import { ErrorCode, MessageType } from '../../src/protocol/messages.js';
import { databaseName } from '../../src/store/sqlite/storage.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { Program } from '../support/programs.js';
import { RawClient } from '../support/raw-client.js';
import { expectBareRefusal, expectRefusal } from '../support/refusals.js';
import {
  expectSeqs,
  fetchPage,
  join as joinRoom,
  last,
  numbers,
  range,
  seqsOf,
  toRoom,
} from '../support/rooms.js';
import { SmallDisk } from '../support/small-disk.js';

/** So many messages are stored before the disk is full. */
const stored = 100;

/** A text of about a page of the database; what is left of one does not take it. */
const large = 'x'.repeat(4000);

// "Nobody sees a message that is not stored. [...] If a message could not be stored, its
// sender gets ERROR_CODE_STORE_UNAVAILABLE and may try again, with the same id."
describe('a server whose disk is full', () => {
  let disk: string;
  let small: SmallDisk | undefined;
  let programs: Program[];
  let clients: RawClient[];

  const databasePath = (): string => join(disk, databaseName);

  async function startServer(): Promise<{ program: Program; port: number }> {
    const program = new Program('server', ['--port', '0', '--http-port', '0', '--data', disk]);
    programs.push(program);
    const [, port] = await program.prints(/listening on tcp:\/\/127\.0\.0\.1:(\d+)\n/);
    return { program, port: Number(port) };
  }

  async function full(port: number, name: string): Promise<RawClient> {
    const client = await RawClient.full(port, name);
    clients.push(client);
    return client;
  }

  async function bare(port: number): Promise<RawClient> {
    const client = await RawClient.connect(port);
    clients.push(client);
    await client.roundTrip();
    return client;
  }

  /** Has the first messages stored and acked, and takes what comes back. */
  async function store(sender: RawClient): Promise<void> {
    sender.send(...numbers(stored).map((content) => toRoom('lobby', content, `id ${content}`)));
    await sender.nextMany(2 * stored);
  }

  beforeEach(async function () {
    disk = await makeFolder();
    programs = [];
    clients = [];
    small = undefined;
    small = SmallDisk.mount(this, disk, 4);
  });

  afterEach(async () => {
    for (const client of clients) client[Symbol.dispose]();
    await Promise.all(programs.map((program) => program.stop()));
    small?.[Symbol.dispose]();
    await removeFolder(disk);
  });

  it('refuses what it cannot store, serves all else, and recovers by itself', async () => {
    const { program, port } = await startServer();
    const alice = await full(port, 'alice');
    const bob = await full(port, 'bob');
    const guest = await bare(port);
    await store(alice);
    await expectSeqs(bob, 'lobby', 1, stored);
    await guest.nextMany(stored);

    const free = small!.fill();
    const ids = ['m1', 'm2', 'm3'];
    for (const id of ids) {
      alice.send(toRoom('lobby', `${large}${id}`, id));
      const error = await expectRefusal(alice, ErrorCode.ERROR_CODE_STORE_UNAVAILABLE);
      expect(error).to.include({ id, retryable: true });
    }
    guest.broadcast(large);
    await expectBareRefusal(guest, 'the message could not be stored');

    // What comes next is their own echo: nobody got anything.
    for (const client of [alice, bob, guest]) await client.roundTrip();
    expect(seqsOf(await fetchPage(bob, 'lobby', stored))).to.deep.equal(range(1, stored));
    const carol = await full(port, 'carol');
    expect(await joinRoom(carol, 'lobby', last(stored))).to.include({ headSeq: stored });
    await expectSeqs(carol, 'lobby', 1, stored);

    free();
    for (const [index, id] of ids.entries()) {
      const content = `${large}${id}`;
      const seq = stored + index + 1;
      alice.send(toRoom('lobby', content, id));
      const { ack } = await alice.untilControl('ack');
      expect(ack).to.include({ id, seq, duplicate: false });
      for (const client of [bob, carol]) {
        expect(await client.next()).to.include({ content, seq, id, sender: 'alice' });
      }
      const type = MessageType.BROADCAST;
      expect(await guest.next()).to.deep.equal(
        chatMessage({ content: `(broadcast)${content}`, type }),
      );
    }
    await program.prints(/messages are stored again/, 'stderr');
    const words = program.stderr.split('\n').filter((line) => line.includes('stored'));
    expect(words.map((line) => (JSON.parse(line) as { msg: string }).msg)).to.deep.equal([
      'messages cannot be stored and are refused',
      'messages are stored again',
    ]);
    expect(words[0]).to.include(
      `${databasePath()} cannot grow, because its disk is full (SQLITE_FULL)`,
    );

    program.process.kill('SIGTERM');
    expect((await program.ended()).exitCode).to.equal(0);
    await expectStored([...numbers(stored), ...ids.map((id) => `${large}${id}`)]);
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`has all that it acked when it ends with ${signal} before there is space again`, async () => {
      const { program, port } = await startServer();
      const alice = await full(port, 'alice');
      await store(alice);
      const free = small!.fill();
      alice.send(toRoom('lobby', large, 'refused'));
      await expectRefusal(alice, ErrorCode.ERROR_CODE_STORE_UNAVAILABLE);
      program.process.kill(signal);
      expect((await program.ended()).exitCode).to.equal(signal === 'SIGTERM' ? 0 : null);
      // One that ends in good order removes its log, which makes room.
      small!.fill();
      // Nor does the next one start; it says why.
      const next = new Program('server', ['--port', '0', '--no-http', '--data', disk]);
      programs.push(next);
      const { exitCode, stdout, stderr } = await next.ended();
      expect([exitCode, stdout]).to.deep.equal([1, '']);
      expect(stderr).to.match(
        /^tcp-chat-server: \S+tcp-chat\.db(\.lock)? cannot grow, because its disk is full \(\w+\)\n$/,
      );
      free();
      await expectStored(numbers(stored));
    });
  }

  /** A new server on this disk has these messages in the lobby. */
  async function expectStored(contents: readonly string[]): Promise<void> {
    const { port } = await startServer();
    const reader = await full(port, 'reader');
    const found: string[] = [];
    for (let isEnd = false; !isEnd;) {
      const edge = { $case: 'after', after: found.length } as const;
      const page = await fetchPage(reader, 'lobby', contents.length, edge);
      found.push(...page.messages.map(({ content }) => content));
      isEnd = page.end;
    }
    expect(found).to.deep.equal(contents);
  }
});
