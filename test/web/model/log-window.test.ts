import { expect } from 'chai';
import type { HistoryPage } from '../../../src/index.js';
import { chatMessage } from '../../../src/protocol/codec.js';
import type { ChatMessage } from '../../../src/protocol/messages.js';
import {
  isAtHead,
  windowMessagesMax,
  windowOf,
  withArrived,
  hasNext,
  withEntry,
  withNewer,
  withOlder,
  type LogWindow,
} from '../../../src/web/model/log-window.js';

/** Messages from one number to another, both included. */
function messages(first: number, last: number): ChatMessage[] {
  const count = Math.max(0, last - first + 1);
  return Array.from({ length: count }, (_, index) => chatMessage({ seq: first + index }));
}

function page(first: number, last: number, end = false, tailSeq = 1): HistoryPage {
  const all = messages(first, last);
  const [pageFirstSeq, pageLastSeq] = all.length === 0 ? [0, 0] : [first, last];
  return {
    messages: all,
    removed: [],
    firstSeq: pageFirstSeq,
    lastSeq: pageLastSeq,
    end,
    epoch: 'e',
    tailSeq,
  };
}

function range({ messages: all }: LogWindow): [number | undefined, number | undefined] {
  return [all[0]?.seq, all.at(-1)?.seq];
}

describe('the window on a log', () => {
  it('begins with the newest page, at the head', () => {
    const window = windowOf(page(51, 100), 'newest', 100);
    expect(window).to.include({ hasOlder: true, headSeq: 100 });
    expect(isAtHead(window)).to.equal(true);
    expect(windowOf(page(1, 3, true), 'newest', 3).hasOlder).to.equal(false);
  });

  it('begins in the middle, and knows then that there is more on both sides', () => {
    const window = windowOf(page(11, 60), 'after', 100);
    expect(window).to.include({ hasOlder: true, headSeq: 100 });
    expect(isAtHead(window)).to.equal(false);
    expect(windowOf(page(1, 50), 'after', 100).hasOlder).to.equal(false);
    expect(windowOf(page(11, 60, false, 11), 'after', 100).hasOlder).to.equal(false);
  });

  it('is at the head of an empty room, also when all of it has expired', () => {
    expect(isAtHead(windowOf(page(1, 0, true), 'newest', 0))).to.equal(true);
    expect(isAtHead(windowOf(page(1, 0, true, 101), 'newest', 100))).to.equal(true);
  });

  it('grows with what arrives, once each, in order', () => {
    let window = windowOf(page(1, 2, true), 'newest', 2);
    for (const seq of [3, 3, 2, 4]) window = withArrived(window, chatMessage({ seq }), Infinity);
    expect(window.messages.map(({ seq }) => seq)).to.deep.equal([1, 2, 3, 4]);
  });

  it('drops the oldest when it is full and its end is being read', () => {
    let window = windowOf(page(1, windowMessagesMax, true), 'newest', windowMessagesMax);
    window = withArrived(window, chatMessage({ seq: windowMessagesMax + 1 }), Infinity);
    expect(range(window)).to.deep.equal([2, windowMessagesMax + 1]);
    expect(window.hasOlder).to.equal(true);
  });

  it('keeps what is being read when it is full, and knows that there is more', () => {
    let window = windowOf(page(1, windowMessagesMax, true), 'newest', windowMessagesMax);
    window = withArrived(window, chatMessage({ seq: windowMessagesMax + 1 }), 0);
    expect(range(window)).to.deep.equal([1, windowMessagesMax]);
    expect(isAtHead(window)).to.equal(false);
    window = withArrived(window, chatMessage({ seq: windowMessagesMax + 2 }), Infinity);
    expect(range(window), 'not without what is between').to.deep.equal([1, windowMessagesMax]);
    expect(window.headSeq).to.equal(windowMessagesMax + 2);
  });

  it('drops what was read when it is full, and nothing that was not', () => {
    let window = windowOf(page(1, windowMessagesMax, true), 'newest', windowMessagesMax);
    for (let seq = windowMessagesMax + 1; seq <= 2 * windowMessagesMax; seq += 1) {
      window = withArrived(window, chatMessage({ seq }), 371);
    }
    expect(range(window)).to.deep.equal([371, 370 + windowMessagesMax]);
    expect(window.headSeq).to.equal(2 * windowMessagesMax);
    expect(hasNext(window, 400)).to.equal(true);
    expect(hasNext(window, 370)).to.equal(true);
    expect(hasNext(window, 369), 'it begins later').to.equal(false);
    expect(hasNext(window, 370 + windowMessagesMax), 'it ends there').to.equal(false);
  });

  it('moves up and down a page at a time, without growing beyond its size', () => {
    let window = windowOf(page(901, 1000), 'newest', 1000);
    for (let last = 900; last > 0; last -= 100) {
      window = withOlder(window, page(last - 99, last, last === 100));
      expect(window.messages.length).to.be.at.most(windowMessagesMax);
    }
    expect(range(window)).to.deep.equal([1, windowMessagesMax]);
    expect(window.hasOlder).to.equal(false);
    while (!isAtHead(window)) {
      const first = window.lastSeq + 1;
      window = withNewer(window, page(first, first + 99, first + 99 === 1000));
      expect(window.messages.length).to.be.at.most(windowMessagesMax);
    }
    expect(range(window)).to.deep.equal([1001 - windowMessagesMax, 1000]);
    expect(window.hasOlder).to.equal(true);
  });

  it('does not wait for messages that are numbered and gone', () => {
    const window = { ...windowOf(page(1, 5, true), 'newest', 5), headSeq: 9 };
    expect(isAtHead(withNewer(window, page(1, 0, true)))).to.equal(true);
  });

  it('has the places of removed messages, and no others, and goes on after changes', () => {
    const changes = { ...page(11, 12), removed: [13], firstSeq: 10, lastSeq: 16 };
    let window = windowOf(changes, 'newest', 16);
    expect(window).to.include({ firstSeq: 10, lastSeq: 16, headSeq: 16 });
    expect(window.messages.map(({ seq }) => seq)).to.deep.equal([11, 12, 13]);
    expect(isAtHead(window), 'its newest entry is a change').to.equal(true);
    expect(hasNext(window, 11)).to.equal(true);
    expect(hasNext(window, 12), 'there is a removed message').to.equal(false);
    window = withOlder(window, { ...page(1, 0), firstSeq: 4, lastSeq: 9 });
    expect(window, 'a page without messages').to.include({ firstSeq: 4, hasOlder: true });
    window = withNewer(window, { ...page(1, 0, true), firstSeq: 17, lastSeq: 20 });
    expect(window).to.include({ lastSeq: 20, headSeq: 20 });
    window = withArrived(withEntry(window, 21), chatMessage({ seq: 22 }), Infinity);
    expect(range(window)).to.deep.equal([11, 22]);
    expect(withEntry({ ...window, headSeq: 30 }, 31)).to.include({ lastSeq: 22, headSeq: 31 });
  });
});
