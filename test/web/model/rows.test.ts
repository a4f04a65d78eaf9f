import { expect } from 'chai';
import { chatMessage } from '../../../src/protocol/codec.js';
import type { LogWindow } from '../../../src/web/model/log-window.js';
import { rowsOf, type Aside, type Row } from '../../../src/web/model/rows.js';

const noon = new Date(2026, 0, 31, 12);

/** A message that many minutes after noon. */
function message(seq: number, minutes: number, sender = 'alice') {
  return chatMessage({ seq, sender, sentAt: new Date(Number(noon) + minutes * 60_000) });
}

function windowOf(...messages: LogWindow['messages']): LogWindow {
  const lastSeq = messages.at(-1)?.seq ?? 0;
  const firstSeq = messages[0]?.seq ?? 1;
  return { messages, firstSeq, lastSeq, hasOlder: false, headSeq: lastSeq };
}

function aside(afterSeq: number): Aside {
  return { key: `a${afterSeq}`, kind: 'notice', text: 'text', at: noon, afterSeq };
}

/** Rows in short: what they are, with a + for a message that goes on. */
function short(rows: readonly Row[]): string {
  return rows
    .map((row) => (row.kind === 'message' && row.isContinued ? `${row.key}+` : row.key))
    .join(' ');
}

describe('the rows of a room', () => {
  it('name a sender once for messages within minutes', () => {
    const window = windowOf(
      ...[message(1, 0), message(2, 1), message(3, 7), message(4, 8, 'bob'), message(5, 8)],
    );
    expect(short(rowsOf(window, [], undefined))).to.equal('d1 m1 m2+ m3 m4 m5');
  });

  it('have a date above the first message of each day', () => {
    const window = windowOf(message(1, 0), message(2, 24 * 60), message(3, 24 * 60 + 1));
    expect(short(rowsOf(window, [], undefined))).to.equal('d1 m1 d2 m2 m3+');
  });

  it('have a line above the first message that is new', () => {
    const window = windowOf(message(1, 0), message(2, 1), message(3, 1));
    expect(short(rowsOf(window, [], 1))).to.equal('d1 m1 divider m2 m3+');
    expect(short(rowsOf(window, [], 3))).to.equal('d1 m1 m2+ m3+');
  });

  it('have what only this page knows after the message that it came after', () => {
    const window = windowOf(message(1, 0), message(2, 1));
    expect(short(rowsOf(window, [aside(1), aside(0), aside(2)], undefined))).to.equal(
      'a0 d1 m1 a1 m2 a2',
    );
    const part = { ...windowOf(message(5, 0), message(6, 0)), hasOlder: true, headSeq: 9 };
    const asides = [aside(4), aside(5), aside(7)];
    expect(short(rowsOf(part, asides, undefined))).to.equal('d5 m5 a5 m6');
  });
});
