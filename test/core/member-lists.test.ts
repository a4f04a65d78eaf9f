import { expect } from 'chai';
import { listWeight, MemberLists } from '../../src/core/member-lists.js';
import { renderings } from '../../src/core/rendering.js';
import type { Subscriber } from '../../src/core/subscriber.js';

function member(name: string): Subscriber {
  return { name, person: undefined, rendering: renderings.stream.full, deliver: () => {} };
}

/** The lists of a room with these people in it. */
function listsOf(names: readonly string[], limits = { membersListedMax: 3, frameBytesMax: 1000 }) {
  const members = new Set(names.map(member));
  const room = {
    name: 'dev',
    members,
    get peopleCount() {
      return members.size;
    },
  };
  return { members, lists: new MemberLists(room, limits) };
}

describe('MemberLists', () => {
  it('are made anew after a change, and are the same until then', () => {
    const { members, lists } = listsOf(['alice']);
    const { answer } = lists;
    expect(lists.members).to.deep.equal([{ name: 'alice' }]);
    members.add(member('bob'));
    expect(lists.answer).to.equal(answer);
    lists.changed();
    expect(lists.members).to.deep.equal([{ name: 'alice' }, { name: 'bob' }]);
    expect(lists.answer).not.to.equal(answer);
  });

  it('name nobody where there are more than are listed', () => {
    const { members, lists } = listsOf(['a', 'b', 'c']);
    expect(lists.members).to.have.length(3);
    members.add(member('d'));
    lists.changed();
    expect(lists.members).to.equal(undefined);
    expect(lists.answer.json).to.contain('"count":4').and.not.to.contain('"name"');
  });

  it('name nobody where the names do not fit in a frame', () => {
    const limits = { membersListedMax: 3, frameBytesMax: 256 + 2 * (6 + 10) };
    expect(listsOf(['alice-1234', 'bob-123456'], limits).lists.members).to.have.length(2);
    expect(listsOf(['alice-1234', 'bob-1234567'], limits).lists.members).to.equal(undefined);
  });

  it('count as one more message for each hundred names', () => {
    const rooms = new Map([['lobby', { members: { size: 250 } as ReadonlySet<Subscriber> }]]);
    expect(listWeight(rooms, '')).to.equal(2);
    expect(listWeight(rooms, 'lobby')).to.equal(2);
    expect(listWeight(rooms, 'dev')).to.equal(0);
  });
});
