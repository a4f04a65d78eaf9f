import { expect } from 'chai';
import { chatMessage } from '../../../src/protocol/codec.js';
import { isRemoved, remainsOf, silentSeqs, withChanged } from '../../../src/web/model/changes.js';

const at = new Date(1000);
const messages = [1, 4].map((seq) => chatMessage({ seq, sender: 'alice', content: `text ${seq}` }));

describe('a message that has changed', () => {
  it('has the new text, and when it got it', () => {
    const change = { kind: 'edited', seq: 4, content: 'better', sentAt: at } as const;
    const [first, second] = withChanged(messages, change);
    expect(first).to.equal(messages[0]);
    expect(second).to.include({ content: 'better', editedAt: at, sender: 'alice' });
    expect(withChanged(messages, { ...change, seq: 3 }), 'not there').to.equal(messages);
  });

  it('stays removed, with its sender, and without a text', () => {
    const removed = withChanged(messages, { kind: 'removed', seq: 1 });
    expect(removed.map(isRemoved)).to.deep.equal([true, false]);
    expect(removed[0]).to.include({ seq: 1, sender: 'alice', content: '' });
    const late = { kind: 'edited', seq: 1, content: 'too late', sentAt: at } as const;
    expect(withChanged(removed, late)).to.equal(removed);
    expect(remainsOf(7)).to.deep.equal(
      chatMessage({ seq: 7, type: 1, control: { $case: 'removed', removed: { seq: 7 } } }),
    );
  });

  it('leaves numbers in a page under which there is nothing to be read', () => {
    const page = { messages, removed: [3], end: true, epoch: 'e', tailSeq: 1 };
    expect(silentSeqs({ ...page, firstSeq: 1, lastSeq: 5 })).to.deep.equal([2, 3, 5]);
    expect(silentSeqs({ ...page, messages: [], firstSeq: 0, lastSeq: 0 })).to.deep.equal([]);
  });
});
