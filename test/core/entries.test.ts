import { expect } from 'chai';
import { Drafts, type Draft } from '../../src/core/drafts.js';
import { Entries, MessageFields, type Entry } from '../../src/core/entries.js';

const message: Draft = {
  change: undefined,
  id: 'm1',
  author: 'a/1',
  sender: 'alice',
  content: 'grüße',
  sentAtMs: 5,
};
const topic: Draft = { ...message, id: '', change: { kind: 'topic' }, content: 'birds' };
const removal: Draft = { ...message, change: { kind: 'removal', targetSeq: 1 }, content: 'x' };

/** The entry that a draft becomes. */
function entry({ author: _, ...draft }: Draft, seq: number): Entry {
  return { ...draft, seq, editedAtMs: 0 };
}

describe('Entries', () => {
  it('are what drafts have become: a removal has no text', () => {
    const entries = Entries.ofDrafts(Drafts.of([message, topic, removal]), 10);
    const removed = { ...entry(removal, 12), content: '' };
    expect([...entries]).to.deep.equal([entry(message, 10), entry(topic, 11), removed]);
    expect([entries.firstSeq, entries.lastSeq, entries.length]).to.deep.equal([10, 12, 3]);
    expect(entries.changes()).to.deep.equal([entry(topic, 11), removed]);
  });

  it('are those that a store has, edited and removed ones among them', () => {
    const given = [
      entry(message, 3),
      { ...entry(message, 4), content: 'edited', editedAtMs: 9 },
      { ...entry(message, 5), change: { kind: 'removal', targetSeq: 5 } as const, content: '' },
      entry(topic, 6),
    ];
    expect([...Entries.of(given)]).to.deep.equal(given);
  });

  it('after one of them are the rest', () => {
    const entries = Entries.ofDrafts(Drafts.of([message, topic, message]), 10).after(10);
    expect([...entries]).to.deep.equal([entry(topic, 11), entry(message, 12)]);
    expect(entries).to.have.length(2);
  });

  it('write a message without an object or a string for it', () => {
    const fields = new MessageFields();
    Entries.ofDrafts(Drafts.of([topic, message]), 10).readFields(11, fields);
    const { bytes, start, end, ...rest } = fields;
    expect(Buffer.from(bytes.subarray(start, end)).toString()).to.equal('grüße');
    expect(rest).to.deep.equal({ id: 'm1', sender: 'alice', seq: 11, sentAtMs: 5, editedAtMs: 0 });
  });

  it('have nothing in memory of a text that was removed', () => {
    const drafts = Drafts.of([message, { ...message, content: 'stays' }]);
    const entries = Entries.ofDrafts(drafts, 1);
    entries.replace({ ...entry(removal, 1), content: '' });
    expect(entries.at(1)).to.deep.include({ content: '' });
    expect(entries.at(2)).to.deep.include({ content: 'stays' });
    expect(Buffer.from(drafts.texts).toString()).not.to.include('grüße');
  });
});
