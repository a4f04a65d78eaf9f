import { expect } from 'chai';
import { Drafts } from '../../src/core/drafts.js';
import type { Appended, Draft, Entry, Store } from '../../src/core/ports.js';
import { all, append, contents, draft, trimAll } from './store-drafts.js';

const alice = { author: 'alice/phone' };

export function message(content: string, fields: Partial<Draft> = {}): Draft {
  return draft(content, { ...alice, ...fields });
}

export function edit(targetSeq: number, content: string, fields: Partial<Draft> = {}): Draft {
  return message(content, { change: { kind: 'edit', targetSeq }, ...fields });
}

export function removal(targetSeq: number, fields: Partial<Draft> = {}): Draft {
  return message('', { change: { kind: 'removal', targetSeq }, ...fields });
}

export function topic(content: string, fields: Partial<Draft> = {}): Draft {
  return message(content, { change: { kind: 'topic' }, ...fields });
}

/** Appends these drafts to the lobby. */
export async function appendAll(store: Store, ...drafts: readonly Draft[]): Promise<Appended> {
  return (await store.append([{ room: 'lobby', drafts: Drafts.of(drafts) }]))[0]!;
}

async function entriesOf(store: Store): Promise<readonly Entry[]> {
  return (await store.read('lobby', all)).entries;
}

/** Why the drafts were not added, by their order. */
function whyNot({ notAdded }: Appended): string[] {
  return notAdded.map((one) =>
    one.kind === 'repeated' ? (one.isSame ? 'same' : 'other') : one.kind,
  );
}

/** What `Store` promises of edits, removals and topics. */
export function changesContract(storeOfTest: () => Store): void {
  let store: Store;

  beforeEach(() => {
    store = storeOfTest();
  });

  describe('an edit', () => {
    it('gives the message another content, and is an entry itself', async () => {
      await appendAll(store, message('one', { id: '1', sentAtMs: 10 }), message('two'));
      const result = await appendAll(store, edit(1, 'uno', { sender: 'ali', sentAtMs: 30 }));
      expect(result).to.deep.equal({ firstSeq: 3, notAdded: [] });
      const [first, second, third] = await entriesOf(store);
      expect(first).to.deep.equal({
        seq: 1,
        change: undefined,
        id: '1',
        sender: 'alice',
        content: 'uno',
        sentAtMs: 10,
        editedAtMs: 30,
      });
      expect(second).to.include({ content: 'two', editedAtMs: 0 });
      expect(third).to.deep.equal({
        seq: 3,
        change: { kind: 'edit', targetSeq: 1 },
        id: '',
        sender: 'ali',
        content: 'uno',
        sentAtMs: 30,
        editedAtMs: 0,
      });
    });

    it('may follow another one, and its message, in one append', async () => {
      const result = await appendAll(store, message('a'), edit(1, 'b'), edit(1, 'c'));
      expect(result).to.deep.equal({ firstSeq: 1, notAdded: [] });
      expect(contents(await store.read('lobby', all))).to.deep.equal(['c', 'b', 'c']);
    });

    it('counts with its new content where the characters that are read are bounded', async () => {
      await appendAll(store, message('a'), message('b'), edit(1, 'x'.repeat(100)));
      const { entries } = await store.read('lobby', { ...all, charsMax: 100 });
      expect(entries).to.have.length(1);
    });
  });

  describe('a removal', () => {
    it('takes the content from the message and from all its edits', async () => {
      await appendAll(
        store,
        message('secret', { id: '1', sentAtMs: 10 }),
        message('other'),
        edit(1, 'secret, too', { id: '2', sentAtMs: 20 }),
        edit(2, 'another'),
        edit(1, 'and this'),
      );
      const result = await appendAll(store, removal(1, { id: '3', sentAtMs: 40 }));
      expect(result).to.deep.equal({ firstSeq: 6, notAdded: [] });
      const entries = await entriesOf(store);
      expect(entries.map(({ content }) => content)).to.deep.equal([
        '',
        'another',
        '',
        'another',
        '',
        '',
      ]);
      const change = { kind: 'removal', targetSeq: 1 };
      for (const seq of [1, 3, 5, 6]) {
        expect(entries[seq - 1]).to.deep.include({ seq, change, sender: 'alice', editedAtMs: 0 });
      }
      expect(entries.map(({ id }) => id)).to.deep.equal(['1', '', '2', '', '', '3']);
      expect(entries.map(({ sentAtMs }) => sentAtMs)).to.deep.equal([10, 0, 20, 0, 0, 40]);
    });

    it('keeps nothing of a content that comes with it', async () => {
      await appendAll(store, message('a'), { ...removal(1), content: 'why' });
      expect(contents(await store.read('lobby', all))).to.deep.equal(['', '']);
    });
  });

  describe('an edit or a removal', () => {
    it('is not done where there is no such message', async () => {
      await appendAll(store, message('a'), topic('b'), edit(1, 'c'));
      const seqs = [0, 2, 3, 4, 5, 1e9];
      const drafts = seqs.flatMap((seq) => [edit(seq, 'x'), removal(seq)]);
      const result = await appendAll(store, ...drafts);
      expect(result).to.deep.equal({
        firstSeq: 4,
        notAdded: drafts.map((_, index) => ({ index, kind: 'missing' })),
      });
      const [elsewhere] = await store.append([{ room: 'unused', drafts: Drafts.of([removal(1)]) }]);
      expect(elsewhere).to.deep.equal({ firstSeq: 1, notAdded: [{ index: 0, kind: 'missing' }] });
      expect(await store.state('unused')).to.include({ headSeq: 0, tailSeq: 1 });
    });

    it('is not done where the message is not kept any more', async () => {
      await append(store, 'lobby', 3, () => message('a'));
      await trimAll(store, { entriesMax: 1, sinceMs: 0 });
      const result = await appendAll(store, edit(2, 'x'), removal(1), edit(3, 'y'));
      expect(result.firstSeq).to.equal(4);
      expect(whyNot(result)).to.deep.equal(['missing', 'missing']);
    });

    it('is not done where the message was removed, in the same append or before', async () => {
      const first = await appendAll(store, message('a'), edit(1, 'b'), removal(1), edit(1, 'c'));
      expect(whyNot(first)).to.deep.equal(['removed']);
      // 2 is what is left of an edit, 3 the removal itself: they were never messages.
      const next = await appendAll(store, removal(1), edit(1, 'x'), removal(2), edit(3, 'x'));
      expect(whyNot(next)).to.deep.equal(['removed', 'removed', 'missing', 'missing']);
    });

    it('is for the person only who wrote the message, on whatever device', async () => {
      await appendAll(store, message('a'), message('b'), message('c', { author: 'session' }));
      const bob = { author: 'bob/phone', sender: 'alice' };
      const alike = { author: 'alic/e/phone' };
      const refused = await appendAll(
        store,
        edit(1, 'x', bob),
        removal(1, bob),
        removal(1, alike),
        edit(3, 'x'),
      );
      expect(whyNot(refused)).to.deep.equal(['foreign', 'foreign', 'foreign', 'foreign']);
      const done = await appendAll(
        store,
        edit(1, 'x', { author: 'alice/desktop' }),
        removal(2, { author: 'alice' }),
        edit(3, 'y', { author: 'session' }),
      );
      expect(done.notAdded).to.be.empty;
      const texts = contents(await store.read('lobby', all));
      expect(texts.slice(0, 3)).to.deep.equal(['x', '', 'y']);
    });

    it('leaves the other drafts of its append as they are when it is not done', async () => {
      const result = await appendAll(store, message('a'), edit(7, 'x'), message('b'), removal(2));
      expect(result).to.deep.equal({ firstSeq: 1, notAdded: [{ index: 1, kind: 'missing' }] });
      expect(contents(await store.read('lobby', all))).to.deep.equal(['a', '', '']);
    });
  });

  describe('an id', () => {
    it('is the same draft only with the same kind, target and content', async () => {
      await appendAll(store, message('a'), message('b'));
      const made = [
        message('x', { id: 'm' }),
        edit(1, 'x', { id: 'e' }),
        removal(2, { id: 'r' }),
        topic('x', { id: 't' }),
      ];
      expect((await appendAll(store, ...made)).notAdded).to.be.empty;
      expect(whyNot(await appendAll(store, ...made))).to.deep.equal(made.map(() => 'same'));
      const others = [
        topic('x', { id: 'm' }),
        message('x', { id: 'e' }),
        edit(2, 'x', { id: 'e' }),
        edit(1, 'y', { id: 'e' }),
        removal(1, { id: 'r' }),
        edit(2, '', { id: 'r' }),
        message('', { id: 'r' }),
        message('x', { id: 't' }),
        topic('y', { id: 't' }),
      ];
      expect(whyNot(await appendAll(store, ...others))).to.deep.equal(others.map(() => 'other'));
      expect((await store.state('lobby')).headSeq).to.equal(6);
    });

    it('stays that of the original draft, whatever becomes of its entry', async () => {
      const original = message('a', { id: '1', sentAtMs: 10 });
      const first = edit(1, 'b', { id: '2', sentAtMs: 20 });
      const drafts = [original, first, edit(1, 'c', { id: '3' }), message('last')];
      const checkKnown = async (): Promise<void> => {
        const others = [
          message('b', { id: '1' }),
          message('c', { id: '1' }),
          removal(1, { id: '2' }),
        ];
        const { notAdded } = await appendAll(store, original, first, ...others);
        const known = [
          { seq: 1, sentAtMs: 10 },
          { seq: 2, sentAtMs: 20 },
        ];
        expect(notAdded).to.deep.equal([
          { index: 0, kind: 'repeated', ...known[0], isSame: true },
          { index: 1, kind: 'repeated', ...known[1], isSame: true },
          { index: 2, kind: 'repeated', ...known[0], isSame: false },
          { index: 3, kind: 'repeated', ...known[0], isSame: false },
          { index: 4, kind: 'repeated', ...known[1], isSame: false },
        ]);
      };
      await appendAll(store, ...drafts);
      await checkKnown();
      await appendAll(store, removal(1));
      await checkKnown();
      await trimAll(store, { entriesMax: 4, sinceMs: 0 });
      await checkKnown();
      await trimAll(store, { entriesMax: 1, sinceMs: 0 });
      await checkKnown();
    });

    it('of an edit says that it was done, also when the message is gone since', async () => {
      const drafts = [message('a'), edit(1, 'b', { id: '1' }), removal(1, { id: '2' })];
      await appendAll(store, ...drafts);
      expect(whyNot(await appendAll(store, ...drafts.slice(1)))).to.deep.equal(['same', 'same']);
    });

    it('of what was refused is free', async () => {
      await appendAll(store, message('a'));
      expect(whyNot(await appendAll(store, edit(9, 'x', { id: '1' })))).to.deep.equal(['missing']);
      expect((await appendAll(store, edit(1, 'x', { id: '1' }))).notAdded).to.be.empty;
    });
  });

  describe('a topic', () => {
    it('is empty until it is set, and then what was set last', async () => {
      expect((await store.state('lobby')).topic).to.equal('');
      await appendAll(store, topic('first', { sender: 'bob', sentAtMs: 5 }));
      await appendAll(store, message('a'), topic('second'), topic('größer 🎈'), message('b'));
      expect((await store.state('lobby')).topic).to.equal('größer 🎈');
      const { topic: read, entries } = await store.read('lobby', all);
      expect(read).to.equal('größer 🎈');
      expect(entries[0]).to.deep.equal({
        seq: 1,
        change: { kind: 'topic' },
        id: '',
        sender: 'bob',
        content: 'first',
        sentAtMs: 5,
        editedAtMs: 0,
      });
      expect((await store.state('other')).topic).to.equal('');
      await appendAll(store, topic(''));
      expect((await store.state('lobby')).topic).to.equal('');
    });

    it('stays when the entry that has set it is not kept any more', async () => {
      await appendAll(store, topic('kept'), message('a'), message('b'));
      await trimAll(store, { entriesMax: 1, sinceMs: 0 });
      await appendAll(store, message('c'));
      expect((await store.state('lobby')).topic).to.equal('kept');
    });
  });
}
