import { expect } from 'chai';
import { Ending } from '../../src/core/ending.js';
import { ErrorCode } from '../../src/protocol/messages.js';

/** A session that ends, and what it has been told. */
class Scene {
  /** Whether it has got all that it is owed. */
  areServed = true;
  readonly told: string[] = [];
  readonly ending = new Ending(this, this, 'the peer has gone');

  endAtHeads(): void {
    this.told.push('heads');
  }

  conclude(lastWord: { readonly content?: string } | undefined, code: ErrorCode | undefined): void {
    this.told.push(`end: ${lastWord?.content ?? 'no word'}, ${code ?? 'no code'}`);
  }
}

describe('Ending', () => {
  it('waits until what the session has sent is settled, and then until it is served', () => {
    const scene = new Scene();
    scene.ending.concludeIfServed();
    expect(scene.told).to.deep.equal([]);
    scene.areServed = false;
    scene.ending.settled();
    scene.ending.concludeIfServed();
    expect(scene.told).to.deep.equal(['heads']);
    expect(scene.ending.isOver).to.equal(false);
    scene.areServed = true;
    scene.ending.concludeIfServed();
    expect(scene.told).to.deep.equal(['heads', 'end: no word, no code']);
    expect(scene.ending.isOver).to.equal(true);
  });

  it('is over at once when the session is served already, and only once', () => {
    const scene = new Scene();
    scene.ending.settled();
    scene.ending.concludeIfServed();
    expect(scene.told).to.deep.equal(['heads', 'end: no word, no code']);
  });

  it('says the last word that it was given, with its code', () => {
    const scene = new Scene();
    expect(scene.ending.hasLastWord).to.equal(false);
    scene.ending.sayLast({ content: 'replaced' }, ErrorCode.ERROR_CODE_REPLACED);
    scene.ending.sayLast({ content: 'too slow' }, ErrorCode.ERROR_CODE_STALLED);
    expect(scene.ending.hasLastWord).to.equal(true);
    scene.ending.settled();
    expect(scene.told).to.deep.equal(['heads', `end: too slow, ${ErrorCode.ERROR_CODE_STALLED}`]);
  });
});
