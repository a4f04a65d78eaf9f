import { expect } from 'chai';
import { Roster, type Named } from '../../src/core/roster.js';

const alice = { author: 'a', chosenName: 'alice' };
const bob = { author: 'b', chosenName: 'bob' };
const guest = { author: 'g', chosenName: '' };

describe('Roster', () => {
  let roster: Roster<Named>;
  const nobody = (): boolean => false;

  beforeEach(() => {
    roster = new Roster({ nameCharsMax: 8 });
  });

  it('knows who has a name, and one that looks like it', () => {
    roster.enter(alice);
    expect(roster.holderOf('alice', nobody)).to.equal(alice);
    expect(roster.holderOf('ALICE', nobody)).to.equal(alice);
    expect(roster.holderOf('\u0430lice', nobody)).to.equal(alice);
    expect(roster.holderOf('bob', nobody)).to.equal(undefined);
    expect(roster.holderOf('alice', (holder) => holder === alice)).to.equal(undefined);
  });

  it('says whose place somebody takes: that of the same author', () => {
    expect(roster.enter(alice)).to.equal(undefined);
    expect(roster.enter(bob)).to.equal(undefined);
    const again = { author: 'a', chosenName: 'alice' };
    expect(roster.enter(again)).to.equal(alice);
    roster.leave(alice);
    expect(roster.holderOf('alice', nobody)).to.equal(again);
    roster.leave(again);
    expect(roster.holderOf('alice', nobody)).to.equal(undefined);
    expect(roster.enter(alice)).to.equal(undefined);
  });

  it('lets any number of guests have no name', () => {
    roster.enter(guest);
    const other = { author: 'h', chosenName: '' };
    expect(roster.enter(other)).to.equal(undefined);
    expect(roster.holderOf('', nobody)).to.equal(undefined);
  });

  it('finds a free name that is like one that is taken', () => {
    expect(roster.freeNameLike('alice', 99)).to.equal('alice2');
    roster.enter({ author: 'c', chosenName: 'alice2' });
    expect(roster.freeNameLike('alice', 99)).to.equal('alice3');
    expect(roster.freeNameLike('alice7', 99)).to.equal('alice3');
    expect(roster.freeNameLike('abcdefgh', 99)).to.equal('abcdefg2');
  });

  it('looks elsewhere when the first few are taken', () => {
    for (let number = 2; number <= 20; number += 1) {
      roster.enter({ author: `a${number}`, chosenName: `bob${number}` });
    }
    expect(roster.freeNameLike('bob', 5000)).to.equal('bob5020');
  });
});
