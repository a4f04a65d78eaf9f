import { expect } from 'chai';
import { Acks, refuseAll } from '../../src/core/acks.js';
import { Drafts } from '../../src/core/drafts.js';
import type { Submission, Submitter, Taken } from '../../src/core/submission.js';
import { ChatError } from '../../src/protocol/errors.js';
import type { AckFields } from '../../src/protocol/message-writer.js';
import { ErrorCode } from '../../src/protocol/messages.js';
import { utf8Range } from '../../src/protocol/utf8.js';

/** A sender, and each call that answers it. */
class Sender implements Submitter {
  readonly wantsAcks: boolean;
  readonly answers: string[] = [];

  constructor(wantsAcks = true) {
    this.wantsAcks = wantsAcks;
  }

  acked(acks: readonly AckFields[]): void {
    const text = ({ id, room, seq, sentAtMs, duplicate }: AckFields): string =>
      `${id} is ${room} ${seq} of ${sentAtMs}${duplicate ? ' again' : ''}`;
    this.answers.push(acks.map(text).join(', '));
  }

  refused({ code }: ChatError, ids: readonly string[]): void {
    this.answers.push(`${ErrorCode[code]} ${ids.join(' ')}`);
  }

  says(id: string): Submission {
    return {
      change: undefined,
      id,
      speaker: { author: 'a', sender: 'alice' },
      ...utf8Range(id),
      sentAtMs: 5,
      submitter: this,
    };
  }
}

function taken(room: string, ...submissions: Submission[]): Taken {
  const drafts = new Drafts();
  for (const submission of submissions) drafts.add(submission);
  return { room, drafts, submitters: submissions.map(({ submitter }) => submitter) };
}

describe('Acks', () => {
  const fresh = { firstSeq: 10, notAdded: [] };

  it('come together for each sender, of all rooms, in the order of the messages', () => {
    const [one, other] = [new Sender(), new Sender()];
    const acks = new Acks();
    acks.add(taken('dev', one.says('a'), other.says('b'), one.says('c')), fresh);
    acks.add(taken('ops', one.says('d')), { firstSeq: 1, notAdded: [] });
    expect(one.answers).to.deep.equal([]);
    acks.send();
    expect(one.answers).to.deep.equal(['a is dev 10 of 5, c is dev 12 of 5, d is ops 1 of 5']);
    expect(other.answers).to.deep.equal(['b is dev 11 of 5']);
  });

  it('are for messages with an id, and for those who want them', () => {
    const [full, bare] = [new Sender(), new Sender(false)];
    const acks = new Acks();
    acks.add(taken('dev', full.says(''), bare.says('a'), full.says('b')), fresh);
    acks.send();
    expect(full.answers).to.deep.equal(['b is dev 12 of 5']);
    expect(bare.answers).to.deep.equal([]);
  });

  it('name the first of a message that came again, which takes no number', () => {
    const sender = new Sender();
    const acks = new Acks();
    const again = { index: 1, kind: 'repeated', seq: 3, sentAtMs: 2, isSame: true } as const;
    acks.add(taken('dev', sender.says('a'), sender.says('b'), sender.says('c')), {
      firstSeq: 10,
      notAdded: [again],
    });
    acks.send();
    expect(sender.answers).to.deep.equal([
      'a is dev 10 of 5, b is dev 3 of 2 again, c is dev 11 of 5',
    ]);
  });

  it('are none for an id that stands for another message: that is refused', () => {
    const sender = new Sender();
    const acks = new Acks();
    const other = { index: 0, kind: 'repeated', seq: 3, sentAtMs: 2, isSame: false } as const;
    acks.add(taken('dev', sender.says('a'), sender.says('b')), { firstSeq: 10, notAdded: [other] });
    acks.send();
    expect(sender.answers).to.deep.equal(['ERROR_CODE_ID_REUSED a', 'b is dev 10 of 5']);
  });
});

describe('what could not be stored', () => {
  it('is refused with one call for each sender, with the ids of all rooms', () => {
    const [one, other] = [new Sender(), new Sender(false)];
    const error = new ChatError(ErrorCode.ERROR_CODE_STORE_UNAVAILABLE);
    refuseAll([taken('dev', one.says('a'), other.says('')), taken('ops', one.says('b'))], error);
    expect(one.answers).to.deep.equal(['ERROR_CODE_STORE_UNAVAILABLE a b']);
    expect(other.answers).to.deep.equal(['ERROR_CODE_STORE_UNAVAILABLE ']);
  });
});
