import { expect } from 'chai';
import type { KeptTab } from '../../src/web/model/kept-values.js';
import { PageTests } from '../support/page-tests.js';

describe('the page without a connection', () => {
  const tests = PageTests.prepare();

  it('shows an own message also in a room of which nothing is there yet', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.join('dev');
    await alice.room('lobby').click();
    await alice.page.getByRole('heading', { name: '#lobby' }).waitFor();
    await alice.page.reload();
    await alice.field.waitFor();
    await tests.loseConnection(alice);
    await alice.room('dev').click();
    await alice.say('into the dark');
    await alice.message('into the dark').getByText('Sending…').waitFor();
    await tests.comeBack(alice);
    await alice.message('into the dark').getByText('Sent', { exact: true }).waitFor();
  });

  it('shows an own message also to who reads far above, and then the end', async () => {
    await tests.fill('lobby', 700);
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.sees('message 700');
    await alice.scroller.hover();
    const isFarAbove = async (): Promise<boolean> =>
      (await alice.message('message 200').count()) > 0;
    while (!(await isFarAbove())) await alice.page.mouse.wheel(0, -1000);
    expect(await alice.message('message 700').count()).to.equal(0);
    await tests.loseConnection(alice);
    await alice.say('from above');
    const own = alice.message('from above');
    await own.getByText('Sending…').waitFor();
    expect(await own.isVisible()).to.equal(true);
    await tests.comeBack(alice);
    await own.getByText('Sent', { exact: true }).waitFor();
    await alice.sees('message 700');
    await alice.button(/^Jump to latest/).waitFor({ state: 'detached' });
    expect(await own.count()).to.equal(1);
  });

  it('neither leaves nor joins rooms, and says so', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    await tests.loseConnection(alice);
    await alice.button('Leave #lobby').click();
    await alice.page.getByRole('status').getByText('There is no connection now').waitFor();
    await alice.page.getByLabel('Join a room').fill('dev');
    await alice.page.getByLabel('Join a room').press('Enter');
    await alice.page.getByRole('alert').getByText('There is no connection now').waitFor();
    await tests.comeBack(alice);
    await alice.say('still in the lobby');
    await alice.message('still in the lobby').getByText('Sent', { exact: true }).waitFor();
    expect(await alice.room('dev').count()).to.equal(0);
  });

  it('keeps nothing of a message that was sent from a room one has left', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.join('dev');
    const bob = await tests.connect('bob', { rooms: ['dev'] });
    const heard = new Promise<string>((resolve) => {
      bob.on('message', ({ content }) => resolve(content));
    });
    tests.wire.freeze();
    await alice.say('goodbye');
    await alice.message('goodbye').getByText('Sending…').waitFor();
    await alice.button('Leave #dev').click();
    tests.wire.thaw();
    expect(await heard).to.equal('goodbye');
    await alice.room('dev').waitFor({ state: 'detached' });
    await alice.until(() => {
      const { messages } = JSON.parse(localStorage.getItem('tcp-chat.tab.1')!) as KeptTab;
      return messages.length === 0;
    }, undefined);
  });

  it('leaves nothing of who was here to the next one', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    await tests.loseConnection(alice);
    await alice.say('private words');
    await alice.message('private words').getByText('Sending…').waitFor();
    await alice.field.fill('a private draft');
    let isThere = false;
    await alice.page.routeWebSocket('**/ws', (route) => {
      if (isThere) route.connectToServer();
      else void route.close();
    });
    tests.wire.mend();
    await alice.page.reload();
    await alice.reads('Welcome back, alice');
    isThere = true;
    await alice.button('Come in with another name').click();
    await alice.comeIn('bob');
    expect(await alice.field.inputValue()).to.equal('');
    expect(await alice.message('private words').count()).to.equal(0);

    await alice.field.fill('a draft of bob');
    await alice.button('Settings').click();
    await alice.button('Sign out and forget me here').click();
    await alice.button('Start chatting').waitFor();
    await alice.comeIn('carol');
    expect(await alice.field.inputValue()).to.equal('');
  });

  it('keeps the focus on the messages when a button among them goes', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    const delivery = { state: 'failed', problem: 'no' } as const;
    const messages = ['one', 'two'].map((text) => {
      return {
        id: text,
        room: 'lobby',
        kind: 'broadcast',
        content: text,
        at: new Date(),
        delivery,
      };
    });
    await alice.keep('tab.1', { device: 'one', person: '', messages });
    await alice.page.reload();
    const names = ['Send again', 'Discard'] as const;
    for (const [index, text] of ['one', 'two'].entries()) {
      await alice.message(text).getByRole('button', { name: names[index]! }).click();
      await alice.message(text).locator('.delivery button').first().waitFor({ state: 'detached' });
      const focused = await alice.page.evaluate(() =>
        document.activeElement.getAttribute('aria-label'),
      );
      expect(focused, names[index]!).to.equal('Messages in #lobby');
    }
  });
});

/** What is used of the page here; the compiler knows no browser. */
declare const document: {
  readonly activeElement: { getAttribute(name: string): string | null };
};
declare const localStorage: { getItem(key: string): string | null };
