import { expect } from 'chai';
import { PageTests } from '../support/page-tests.js';

describe('what others write, in the page', () => {
  const tests = PageTests.prepare();

  it('stays text: HTML, scripts, bidi and escape characters, whatever they want to be', async () => {
    const bob = await tests.connect('bob');
    const hostile = [
      '<script>alert(1)</script>',
      '<img src=x onerror="alert(1)"><b>bold</b>',
      'javascript:alert(1) data:text/html,<script>alert(1)</script>',
      '&lt;not an entity&gt; &amp;',
      '{{constructor.constructor("alert(1)")()}}',
    ];
    for (const text of hostile) await bob.send(text);
    await bob.send('\u001b[31mred\u0007 \u202eesrever\u202c \u2066isolated \u0000end');
    await bob.send(`un\u200bseen \u{e0041} tower${'\u0336'.repeat(6)} 👩🏽\u200d🚀`);
    const alice = await tests.browser.enter(tests.url, 'alice');
    for (const text of hostile) await alice.sees(text);
    const texts = alice.page.locator('.message .text');
    expect(await texts.nth(-2).textContent()).to.equal(
      '\\u001b[31mred\\u0007 \\u202eesrever\\u202c \\u2066isolated \\u0000end',
    );
    expect(await texts.nth(-2).locator('.escape').count()).to.equal(6);
    expect(await texts.last().textContent()).to.equal(
      `un\\u200bseen \\u{e0041} tower${'\u0336'.repeat(4)}\\u0336\\u0336 👩🏽\u200d🚀`,
    );
    expect(await texts.last().locator('.escape').count()).to.equal(4);
    expect(await texts.locator('script, img, b, a').count()).to.equal(0);
    // The page's listeners fail this test for any dialog, and for what the policy had to stop.
  });

  it('keeps its lines, and breaks words that are wider than the page', async () => {
    const bob = await tests.connect('bob');
    await bob.send(`one\ntwo\r\nthree\n${'w'.repeat(2000)}`);
    const alice = await tests.browser.enter(tests.url, 'alice', {
      viewport: { width: 320, height: 600 },
    });
    const text = (await alice.sees(/^one/)).locator('.text');
    expect((await text.innerText()).split('\n').slice(0, 3)).to.deep.equal(['one', 'two', 'three']);
    expect((await text.boundingBox())!.width).to.be.below(320);
    const isWider = await alice.scroller.evaluate((scroller) => {
      const { scrollWidth, clientWidth } = scroller as unknown as Record<string, number>;
      return scrollWidth! > clientWidth!;
    });
    expect(isWider).to.equal(false);
  });

  it('has links that open elsewhere, for http and https alone, and not to look like another host', async () => {
    const bob = await tests.connect('bob');
    await bob.send(
      'see https://example.org/a_(b)?q=1&r=2, (http://example.org) or ftp://example.org and ' +
        'https://bank.example@evil.example/',
    );
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.sees(/^see /);
    const links = alice.page.locator('.message a');
    const found = await links.evaluateAll((all) =>
      (all as unknown as Array<Record<string, string>>).map(({ textContent, target, rel }) => [
        textContent,
        target,
        rel,
      ]),
    );
    expect(found).to.deep.equal([
      ['https://example.org/a_(b)?q=1&r=2', '_blank', 'noopener noreferrer'],
      ['http://example.org', '_blank', 'noopener noreferrer'],
    ]);
  });

  it('has a date and a time, and the name once for messages that follow each other', async () => {
    const bob = await tests.connect('bob');
    await bob.send('first');
    await bob.send('second');
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.sees('second');
    await alice.page.locator('.date').getByText('Today').waitFor();
    expect(await alice.page.locator('.message .avatar').count()).to.equal(1);
    const time = alice.page.locator('.message time').first();
    const written = new Date((await time.getAttribute('datetime'))!);
    expect(Date.now() - written.getTime()).to.be.within(0, 60_000);
    expect(await time.getAttribute('title')).to.contain(String(written.getFullYear()));
  });
});
