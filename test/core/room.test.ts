import { expect } from 'chai';
import { renderings } from '../../src/core/rendering.js';
import type { Repeated } from '../../src/core/ports.js';
import type { Room } from '../../src/core/room.js';
import type { Submission } from '../../src/core/submission.js';
import { utf8Range } from '../../src/protocol/utf8.js';
import { newRoom, Reader } from '../support/rooms-in-core.js';

function submission(content: string): Submission {
  const submitter = { wantsAcks: false, acked: () => {}, refused: () => {} };
  const speaker = { author: 'a', sender: 'alice' };
  return { change: undefined, id: '', speaker, ...utf8Range(content), sentAtMs: 0, submitter };
}

/** Says these things, which the store takes; those in `notAdded` it has already. */
function say(room: Room, texts: readonly string[], notAdded: readonly Repeated[] = []): void {
  for (const text of texts) room.publish(submission(text));
  room.appended(room.take(), { firstSeq: room.headSeq + 1, notAdded });
}

function contents(reader: Reader): string[] {
  return reader.received.map(({ content }) => content);
}

describe('Room', () => {
  let room: Room;

  beforeEach(() => {
    room = newRoom('dev');
  });

  afterEach(() => {
    room.checkInvariants();
  });

  it('hands all that was appended together to each who is live, with one call', () => {
    const readers = ['a', 'b'].map((name) => new Reader(room, name));
    say(room, ['1', '2', '3']);
    for (const reader of readers) {
      expect(contents(reader)).to.deep.equal(['1', '2', '3']);
      expect(reader.seqs).to.deep.equal([3]);
    }
  });

  it('writes to each as its rendering says', () => {
    const full = new Reader(room, 'full');
    const bare = new Reader(room, 'bare', renderings.stream.bare);
    say(room, ['hi']);
    expect(full.received[0]).to.include({ content: 'hi', room: 'dev', seq: 1, sender: 'alice' });
    expect(bare.received[0]).to.include({ content: '(broadcast)hi', room: '', seq: 0, sender: '' });
  });

  it('goes on with the others when one of them leaves the live set as it is told', () => {
    const readers = ['a', 'b', 'c'].map((name) => new Reader(room, name));
    readers[1]!.isFull = true;
    say(room, ['1']);
    say(room, ['2']);
    expect(readers.map(contents)).to.deep.equal([['1', '2'], ['1'], ['1', '2']]);
  });

  it('hands out nothing twice: what the store has already is no new entry', () => {
    const reader = new Reader(room, 'a');
    const known = { kind: 'repeated' as const, seq: 1, sentAtMs: 0, isSame: true };
    say(room, ['1']);
    say(
      room,
      ['1', '2', '1'],
      [
        { ...known, index: 0 },
        { ...known, index: 2 },
      ],
    );
    say(room, ['1'], [{ ...known, index: 0 }]);
    expect(contents(reader)).to.deep.equal(['1', '2']);
    expect(room.headSeq).to.equal(2);
  });

  it('is idle when nobody is in it, about to be, or waits for the store', () => {
    expect(room.isIdle).to.equal(true);
    room.held();
    expect(room.isIdle).to.equal(false);
    const reader = new Reader(room, 'a');
    room.released();
    expect(room.isIdle).to.equal(false);
    room.publish(submission('1'));
    room.leave(reader);
    expect(room.isIdle).to.equal(false);
    const taken = room.take();
    expect(room.isIdle).to.equal(false);
    room.appended(taken, { firstSeq: 1, notAdded: [] });
    expect(room.isIdle).to.equal(true);
    room.publish(submission('2'));
    room.take();
    room.failed();
    expect(room.isIdle).to.equal(true);
  });

  it('says which message is the first of those that go to the store next', () => {
    expect(room.publish(submission('1'))).to.equal(true);
    expect(room.publish(submission('2'))).to.equal(false);
    room.take();
    expect(room.publish(submission('3'))).to.equal(true);
  });
});
