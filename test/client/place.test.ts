import { expect } from 'chai';
import { Place } from '../../src/client/place.js';
import { GapReason } from '../../src/index.js';

const expired = GapReason.GAP_REASON_EXPIRED;
const epoch = GapReason.GAP_REASON_EPOCH;

/** Joined at that place, of a log with so many messages. */
function joined(place: Place, firstSeq: number, headSeq: number, ofEpoch = 'e1'): void {
  place.join('dev');
  place.joined({ room: 'dev', epoch: ofEpoch, firstSeq, headSeq, topic: '' });
}

function gap(place: Place, fromSeq: number, toSeq: number, reason: GapReason): string {
  return place.skip({ room: 'dev', fromSeq, toSeq, reason });
}

describe('a place in a room', () => {
  it('takes each message once and in order, and none over a hole', () => {
    const place = new Place({ last: 3 });
    expect(place.take(8), 'before joined').to.equal('drop');
    joined(place, 8, 10);
    const verdicts = [8, 9, 8, 9, 11, 10, 11].map((seq) => place.take(seq));
    expect(verdicts.join(' ')).to.equal('deliver deliver drop drop broken deliver deliver');
    expect(place.position).to.deep.equal({ epoch: 'e1', seq: 11 });
  });

  it('moves over what is told to be missing, but over nothing in front of that', () => {
    const place = new Place({ after: { epoch: 'e1', seq: 5 } });
    joined(place, 9, 10);
    expect(place.take(9), 'without its gap').to.equal('broken');
    expect(gap(place, 7, 8, expired), 'beyond a hole').to.equal('broken');
    expect(gap(place, 6, 8, expired)).to.equal('deliver');
    expect(gap(place, 6, 8, expired), 'again').to.equal('drop');
    expect(place.take(9)).to.equal('deliver');
  });

  it('begins anew in its own epoch, too, when the room has fewer messages than it has seen', () => {
    const place = new Place({ after: { epoch: 'e1', seq: 50 } });
    joined(place, 1, 10);
    expect(gap(place, 1, 0, epoch)).to.equal('deliver');
    expect(place.take(1)).to.equal('deliver');
    expect(place.position).to.deep.equal({ epoch: 'e1', seq: 1 });
  });

  it('takes a number without an epoch as one of the epoch that there is', () => {
    const place = new Place({ after: { epoch: '', seq: 5 } });
    joined(place, 6, 10);
    expect(place.take(6)).to.equal('deliver');
    expect(place.position).to.deep.equal({ epoch: 'e1', seq: 6 });
  });

  it('begins anew in another epoch only when the gap has said so', () => {
    const place = new Place({ after: { epoch: 'e1', seq: 5 } });
    joined(place, 3, 7, 'e2');
    expect(place.epoch).to.equal('e2');
    expect(place.take(3), 'without its gap').to.equal('broken');
    expect(place.position, 'from where it is resumed').to.deep.equal({ epoch: 'e1', seq: 5 });
    expect(gap(place, 6, 8, expired)).to.equal('broken');
    expect(gap(place, 1, 2, epoch)).to.equal('deliver');
    expect(place.position).to.deep.equal({ epoch: 'e2', seq: 2 });
    expect(place.take(3)).to.equal('deliver');
    expect(gap(place, 4, 3, epoch), 'out of the blue').to.equal('broken');
  });

  it('counts the history that it gets until the head of its joined, over lost connections', () => {
    const place = new Place({ last: 10 });
    joined(place, 1, 4);
    expect([1, 2].map((seq) => place.take(seq))).to.deep.equal(['deliver', 'deliver']);
    expect(place.caughtUp()).to.equal(undefined);
    place.reset();
    joined(place, 3, 5);
    expect([3, 4].map((seq) => place.take(seq))).to.deep.equal(['deliver', 'deliver']);
    expect(place.caughtUp()).to.equal(undefined);
    place.take(5);
    expect(place.caughtUp()).to.equal(5);
    expect(place.caughtUp(), 'once').to.equal(undefined);
    place.reset();
    joined(place, 6, 5);
    expect(place.caughtUp(), 'a resume without anything new').to.equal(0);
  });

  it('has no history to catch up with when it begins with the next message', () => {
    const place = new Place({});
    joined(place, 6, 5);
    expect(place.caughtUp()).to.equal(undefined);
    expect(place.take(6)).to.equal('deliver');
  });
});
