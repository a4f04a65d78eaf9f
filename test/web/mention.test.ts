import { expect } from 'chai';
import type { Visitor } from '../support/browser.js';
import { PageTests } from '../support/page-tests.js';

describe('notifications of the page', () => {
  const tests = PageTests.prepare();

  /** Has the browser note the notifications that the page makes, instead of showing them. */
  async function visitNoting(permissions: string[]): Promise<Visitor> {
    const visitor = await tests.browser.visit('about:blank', { permissions });
    await visitor.page.addInitScript(() => {
      const page = globalThis as unknown as { notes: string[]; Notification: object };
      page.notes = [];
      page.Notification = new Proxy(page.Notification, {
        construct(_, [title, { body }]: [string, { body: string }]) {
          page.notes.push(`${title}: ${body}`);
          return new EventTarget();
        },
      });
    });
    await visitor.page.goto(tests.url);
    await visitor.comeIn('alice');
    return visitor;
  }

  async function notes(visitor: Visitor): Promise<string[]> {
    return await visitor.page.evaluate(() => (globalThis as unknown as { notes: string[] }).notes);
  }

  it('come for a mention while one looks elsewhere, once they are switched on', async () => {
    const alice = await visitNoting(['notifications']);
    const bob = await tests.connect('bob');
    await alice.look(false);
    await bob.send('alice? not switched on yet');
    await alice.sees('alice? not switched on yet');
    await alice.button('Settings').click();
    await alice.page.getByLabel('Notify me when I am mentioned').click();
    await alice.page.getByRole('checkbox', { checked: true }).waitFor();
    await alice.button('Close settings').click();
    await bob.send('is Alice there?');
    await bob.send('somebody else?');
    await bob.send('malice aforethought');
    await alice.sees('malice aforethought');
    expect(await notes(alice)).to.deep.equal(['bob in #lobby: is Alice there?']);
    await alice.look(true);
    await bob.send('alice sees this');
    await alice.sees('alice sees this');
    expect(await notes(alice)).to.have.length(1);
  });

  it('stay off when the browser does not allow them, and the page says so', async () => {
    const alice = await visitNoting([]);
    await alice.button('Settings').click();
    await alice.page.getByLabel('Notify me when I am mentioned').click();
    await alice.reads(/this browser does not allow this page to notify you/i);
    expect(await alice.page.getByLabel('Notify me when I am mentioned').isChecked()).to.equal(
      false,
    );
  });
});
