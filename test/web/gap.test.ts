import { expect } from 'chai';
import { connect } from '../../src/index.js';
import type { Visitor } from '../support/browser.js';
import { PageTests } from '../support/page-tests.js';
import { TestServer } from '../support/server.js';

/** Of a room with 2,000 messages the server has a part only. */
const forgetful = { storeBytesMax: 50_000, logBytesMax: 50_000 };

describe('messages that have expired, in the page', () => {
  const tests = PageTests.prepare(forgetful);

  /** The number in what is said of a gap, and the message after it. */
  async function gapIn(visitor: Visitor): Promise<[missing: number, next: string]> {
    const remark = visitor.page.locator('.remark', { hasText: 'expired' });
    await remark.waitFor();
    const sentence = (await remark.innerText()).replaceAll(',', '');
    const next = visitor.page.locator('.remark ~ .message .text').first();
    return [Number(/gap: (\d+) messages expired/i.exec(sentence)?.[1]), await next.innerText()];
  }

  it('are counted where they are missing, when one comes back after a while', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    const bob = await tests.connect('bob');
    await bob.send('seen');
    await alice.sees('seen');
    await alice.page.goto('about:blank');
    await tests.fill('lobby', 2000);
    await alice.page.goto(tests.url);
    const [missing, next] = await gapIn(alice);
    expect(missing).to.be.within(1, 1999);
    expect(next).to.equal(`message ${missing + 1}`);
  });

  it('are not taken for the beginning by who comes for the first time', async () => {
    await tests.fill('lobby', 2000);
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.sees('message 2000');
    const first = alice.page.getByText('Earlier messages in #lobby have expired.');
    await alice.scroller.hover();
    while (!(await first.isVisible())) await alice.page.mouse.wheel(0, -2000);
    await alice.page.getByText('This is the beginning of').waitFor({ state: 'detached' });
  });

  it('are counted where they are missing, when the connection was lost for a while', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    const bob = await tests.connect('bob');
    await bob.send('seen');
    await alice.sees('seen');
    await tests.loseConnection(alice);
    await tests.fill('lobby', 2000);
    await tests.comeBack(alice);
    // Notices go again.
    await Promise.all([
      alice.reads(/#lobby: gap: [\d,]+ messages expired/),
      alice.reads(/#lobby: caught up: [\d,]+ messages/),
    ]);
    await alice.sees('message 2000');
  });

  it('are gone when the server has forgotten them all, and the room begins anew', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.say('before');
    await alice.message('before').getByText('Sent', { exact: true }).waitFor();
    await tests.loseConnection(alice);
    await using another = await TestServer.start();
    await using bob = await connect(another.chat.urls[0]!, { name: 'bob' });
    await bob.send('in the new room');
    tests.wire.mend(another.chat.httpPort);
    await alice.reconnect();
    await alice.reads(/#lobby: gap: the numbering of this room has started anew/);
    await alice.sees('in the new room');
    await alice.say('after');
    await alice.message('after').getByText('Sent', { exact: true }).waitFor();
    const texts = await alice.page.locator('.message .text').allInnerTexts();
    expect(texts).to.deep.equal(['in the new room', 'after']);
    await alice.leave();
  });
});
