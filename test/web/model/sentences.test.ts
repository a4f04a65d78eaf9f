import { expect } from 'chai';
import { GapReason } from '../../../src/index.js';
import {
  badge,
  gapSentence,
  pageTitle,
  waitingSentence,
} from '../../../src/web/model/sentences.js';

describe('what the page says', () => {
  it('counts what is missing', () => {
    const gap = { room: 'lobby', fromSeq: 1, toSeq: 1200 };
    expect(gapSentence({ ...gap, reason: GapReason.GAP_REASON_EXPIRED })).to.equal(
      'gap: 1,200 messages expired',
    );
    const anew = { ...gap, reason: GapReason.GAP_REASON_EPOCH };
    expect(gapSentence({ ...anew, toSeq: 0 })).to.equal(
      'gap: the numbering of this room has started anew',
    );
    expect(gapSentence({ ...anew, toSeq: 1 })).to.match(/anew, and 1 message expired$/);
  });

  it('has what is unread in the title', () => {
    expect(pageTitle(0, 'lobby')).to.equal('#lobby · tcp-chat');
    expect(pageTitle(3, 'lobby')).to.equal('(3) #lobby · tcp-chat');
    expect(pageTitle(0, '')).to.equal('tcp-chat');
    expect(badge(1000)).to.equal('999+');
  });

  it('says how long to wait in whole seconds', () => {
    expect(waitingSentence(2100)).to.equal('trying again in 3 s');
    expect(waitingSentence(-5)).to.equal('trying now');
  });
});
