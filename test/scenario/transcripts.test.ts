import { expect } from 'chai';
import { readFile, rename } from 'node:fs/promises';
import { join as joinPath } from 'node:path';
import { transcriptObserver } from '../../src/observers.js';
import { RoomTranscripts } from '../../src/transcript/room-transcripts.js';
import type { RawClient } from '../support/raw-client.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { openNode } from '../support/node.js';
import { Peer, settled } from '../support/peer.js';
import { toRoom } from '../support/rooms.js';
import { TestServer } from '../support/server.js';

// chat.proto, Remove: "The server does not keep the content."
describe('the transcript of a room from which a message is removed', () => {
  let data: string;

  beforeEach(async () => {
    data = await makeFolder();
  });

  afterEach(async () => await removeFolder(data));

  /** What the lines of a file say, without their times. */
  const linesOf = async (...path: string[]): Promise<string[]> => {
    const text = await readFile(joinPath(data, ...path), 'utf8');
    return text.split('\n').map((line) => line.replace(/^\S+ /, ''));
  };

  const change = async (
    client: RawClient,
    control: Parameters<RawClient['control']>[0],
    id: string,
  ): Promise<void> => {
    client.control(control, { id });
    expect((await client.untilControl('ack')).ack.id).to.equal(id);
  };

  it('has no text of it in what is written after that, opened anew or by a server started anew', async () => {
    const options = { store: 'sqlite', data, transcripts: true } as const;
    const room = 'lobby';
    const say = async (client: RawClient, content: string, id: string): Promise<boolean> => {
      client.send(toRoom(room, content, id));
      return (await client.untilControl('ack')).ack.duplicate;
    };
    const current = joinPath(data, 'transcripts', 'lobby.txt');
    let token: string;
    {
      await using server = await TestServer.start(options);
      const alice = await server.full('alice');
      ({ token } = alice.welcome!);
      await say(alice, 'secret', 'm1');
      await change(alice, { $case: 'edit', edit: { room, seq: 1, content: 'secret too' } }, 'e1');
      while ((await linesOf('transcripts', 'lobby.txt').catch(() => [])).length < 3);
      await rename(current, joinPath(data, 'transcripts', 'old.txt'));
      server.chat.reload();
      await change(alice, { $case: 'remove', remove: { room, seq: 1 } }, 'r1');
      // What is sent again is known by its id, and written nowhere.
      expect(await say(alice, 'secret', 'm1')).to.equal(true);
      await say(alice, 'afterwards', 'm2');
    }
    {
      await using server = await TestServer.start(options);
      const alice = await server.again(token);
      expect(await say(alice, 'secret', 'm1')).to.equal(true);
      await say(alice, 'at last', 'm3');
    }
    expect(await linesOf('transcripts', 'old.txt')).to.deep.equal([
      'broadcast alice: secret',
      'edited alice: 1 secret too',
      '',
    ]);
    expect(await linesOf('transcripts', 'lobby.txt')).to.deep.equal([
      'removed alice: 1',
      'broadcast alice: afterwards',
      'broadcast alice: at last',
      '',
    ]);
  });

  it('has no text of an edit that is stored together with the removal', async () => {
    const transcripts = new RoomTranscripts(data, () => {});
    const node = await openNode({ observers: [transcriptObserver(transcripts)] });
    const alice = new Peer(node);
    alice.hello('alice');
    await settled();
    alice.say('first', 'm1');
    await settled();
    const edit = { room: '', seq: 1, content: 'secret' };
    alice.send(
      { id: 'e1', control: { $case: 'edit', edit } },
      { id: 'r1', control: { $case: 'remove', remove: { room: '', seq: 1 } } },
    );
    await settled();
    await transcripts.close();
    expect(await linesOf('lobby.txt')).to.deep.equal([
      'broadcast alice: first',
      'removed alice: 1',
      'removed alice: 1',
      '',
    ]);
  });
});
