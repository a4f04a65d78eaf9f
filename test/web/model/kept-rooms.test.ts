import { expect } from 'chai';
import { mergedRooms } from '../../../src/web/model/kept-rooms.js';
import type { KeptRoom } from '../../../src/web/model/kept-values.js';

function at(room: string, seq: number, epoch = 'e'): KeptRoom {
  return { room, read: { epoch, seq } };
}

/** What the tabs keep when one that was in `before` is in `now`. */
function merged(kept: KeptRoom[], before: string[], now: KeptRoom[]): readonly KeptRoom[] {
  return mergedRooms(kept, new Set(before), now);
}

describe('the rooms that several tabs keep', () => {
  it('have those that a tab joins, and not those that it leaves', () => {
    expect(merged([], [], [at('lobby', 1)])).to.deep.equal([at('lobby', 1)]);
    const both = merged([at('lobby', 1)], ['lobby'], [at('lobby', 1), at('dev', 2)]);
    expect(both).to.deep.equal([at('lobby', 1), at('dev', 2)]);
    expect(merged([...both], ['lobby', 'dev'], [at('dev', 2)])).to.deep.equal([at('dev', 2)]);
  });

  it('have what another tab has joined, and not what it has left', () => {
    const kept = [at('lobby', 1), at('dev', 2)];
    expect(merged(kept, ['lobby'], [at('lobby', 3)])).to.deep.equal([at('lobby', 3), at('dev', 2)]);
    expect(merged([at('dev', 2)], ['lobby', 'dev'], [at('lobby', 1), at('dev', 2)])).to.deep.equal([
      at('dev', 2),
    ]);
  });

  it('are read as far as any tab has read them, in the present numbering', () => {
    expect(merged([at('dev', 9)], ['dev'], [at('dev', 5)])).to.deep.equal([at('dev', 9)]);
    expect(merged([at('dev', 9)], ['dev'], [at('dev', 5, 'new')])).to.deep.equal([
      at('dev', 5, 'new'),
    ]);
    const unknown = { room: 'dev', read: undefined };
    expect(merged([at('dev', 9)], ['dev'], [unknown])).to.deep.equal([at('dev', 9)]);
  });
});
