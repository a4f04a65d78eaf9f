import { expect } from 'chai';
import { nobody, withChange, type People } from '../../../src/web/model/people.js';

function change(people: People, joined: string[], left: string[], count: number, snapshot = false) {
  return withChange(people, { room: 'lobby', joined, left, count, snapshot, renamed: [] });
}

describe('the people of a room', () => {
  it('are those who are there, by their names, guests last', () => {
    let people = change(nobody, ['guest-2', 'bob', 'Alice', 'guest-10'], [], 4, true);
    expect(people.names).to.deep.equal(['Alice', 'bob', 'guest-2', 'guest-10']);
    people = change(people, ['carol'], ['bob', 'nobody'], 4);
    expect(people.names).to.deep.equal(['Alice', 'carol', 'guest-2', 'guest-10']);
  });

  it('are only counted when they are too many to be named, and named again when they are not', () => {
    let people = change(nobody, ['alice'], [], 1, true);
    people = change(people, [], [], 1001, true);
    expect(people).to.deep.equal({ names: undefined, count: 1001 });
    people = change(people, [], [], 1002, true);
    expect(people.count).to.equal(1002);
    people = change(people, ['alice', 'bob'], [], 2, true);
    expect(people.names).to.deep.equal(['alice', 'bob']);
  });
});
