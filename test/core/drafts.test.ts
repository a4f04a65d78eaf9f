import { expect } from 'chai';
import fc from 'fast-check';
import { Drafts, type Draft } from '../../src/core/drafts.js';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.nat(3000).map((length) => 'x'.repeat(length)),
);
const change = fc.constantFrom<Draft['change']>(
  undefined,
  undefined,
  { kind: 'topic' },
  { kind: 'edit', targetSeq: 7 },
);
const draft: fc.Arbitrary<Draft> = fc.record({
  change,
  id: fc.constantFrom('', '1', 'm-2'),
  author: fc.constantFrom('a/1', 'b'),
  sender: fc.constantFrom('alice', 'bob'),
  content: text,
  sentAtMs: fc.nat(),
});
const drafts = fc.array(draft, { maxLength: 40 });

describe('Drafts', () => {
  it('are what was added, in that order, sealed or not', () => {
    fc.assert(
      fc.property(drafts, (given) => {
        const made = Drafts.of(given);
        expect(made).to.have.length(given.length);
        expect([...made]).to.deep.equal(given);
        expect([...made.seal()]).to.deep.equal(given);
        expect(made.textBytes).to.equal(
          Buffer.byteLength(given.map((one) => one.content).join('')),
        );
      }),
    );
  });

  it('keep a copy of a text that lies in memory that is used again', () => {
    const bytes = Buffer.from('..hello..');
    const made = new Drafts(1);
    const speaker = { author: 'a', sender: 'alice' };
    made.add({ change: undefined, id: '', speaker, bytes, start: 2, end: 7, sentAtMs: 1 });
    bytes.fill(0);
    expect(made.contentOf(0)).to.equal('hello');
  });

  it('without some of them are the others', () => {
    fc.assert(
      fc.property(drafts, fc.uniqueArray(fc.nat(40)), (given, indexes) => {
        const left = Drafts.of(given).without(indexes.toSorted((a, b) => a - b));
        expect([...left]).to.deep.equal(given.filter((_, index) => !indexes.includes(index)));
      }),
    );
  });

  it('take little more memory than their texts when they are sealed', () => {
    const made = Drafts.of([{ ...fc.sample(draft, 1)[0]!, content: 'short' }]);
    expect(made.texts.length).to.be.greaterThan(100);
    expect(made.seal().texts.length).to.equal(5);
  });
});
