import { expect } from 'chai';
import type { KeptIdentity, KeptTab } from '../../src/web/model/kept-values.js';
import type { Visitor } from '../support/browser.js';
import { PageTests } from '../support/page-tests.js';

/** Waits until a tab has this name. */
async function isCalled(tab: Visitor, name: string): Promise<void> {
  await tab.page.locator('.me-name').getByText(name, { exact: true }).waitFor();
}

async function signOut(tab: Visitor): Promise<void> {
  await tab.button('Settings').click();
  await tab.button('Sign out and forget me here').click();
  await tab.button('Start chatting').waitFor();
}

async function rename(tab: Visitor, name: string): Promise<void> {
  await tab.button('Settings').click();
  await tab.page.getByLabel('Your name').fill(name);
  await tab.button('Rename').click();
  await isCalled(tab, name);
  await tab.button('Close settings').click();
}

describe('one person in several tabs', () => {
  const tests = PageTests.prepare();

  it('comes in everywhere at once, and is renamed everywhere', async () => {
    const first = await tests.browser.visit(tests.url);
    const second = await first.anotherTab();
    await second.button('Start chatting').waitFor();
    await first.comeIn('alice');
    await isCalled(second, 'alice');
    await rename(first, 'alicia');
    await second.reads('you are alicia now, not alice');
    await isCalled(second, 'alicia');
    const people = second.page.getByRole('complementary', { name: 'People' });
    await people.getByText('alicia').waitFor();
    expect(await people.getByText('alice').count()).to.equal(0);
    await second.page.reload();
    await isCalled(second, 'alicia');
    await first.say('who am I?');
    await second.hasSent('who am I?');
  });

  it('signs out everywhere, and leaves nothing', async () => {
    const first = await tests.browser.enter(tests.url, 'alice');
    const second = await first.secondTab();
    tests.wire.freeze();
    await second.say('private words');
    await second.isSending('private words');
    await signOut(first);
    await second.button('Start chatting').waitFor();
    expect(await second.kept('identity')).to.equal(null);
    for (const slot of [1, 2]) {
      expect(((await second.kept(`tab.${slot}`)) as KeptTab).messages).to.deep.equal([]);
    }
    tests.wire.thaw();
    await second.page.reload();
    await second.comeIn('bob');
    await isCalled(first, 'bob');
    expect(await second.message('private words').getByText('Not sent').count()).to.equal(0);
  });

  it('has signed out also for a tab that had no connection then', async () => {
    const first = await tests.browser.enter(tests.url, 'alice');
    const second = await first.secondTab();
    first.mayLoseServer = true;
    await tests.loseConnection(second);
    await signOut(first);
    await second.button('Start chatting').waitFor();
    tests.wire.mend();
    await tests.server.sessions(0);
    expect(await second.kept('identity')).to.equal(null);
  });

  it('has the name that was asked for although the answer was lost', async () => {
    const alice = await tests.browser.visit('about:blank');
    let isLost = true;
    await alice.page.routeWebSocket('**/ws', (route) => {
      const server = route.connectToServer();
      // The first message of the server is the welcome.
      if (isLost) server.onMessage(() => void Promise.all([server.close(), route.close()]));
    });
    await alice.page.goto(tests.url);
    await alice.page.getByLabel('Your name').fill('alice');
    await alice.button('Start chatting').click();
    await alice.reads('the connection to the server was lost');
    isLost = false;
    await alice.button('Start chatting').click();
    await isCalled(alice, 'alice');
  });

  it('is another guest where the server has forgotten the first, and sends nothing twice', async () => {
    const guest = await tests.browser.visit(tests.url);
    await guest.button('Go on as a guest').click();
    await guest.isThere();
    tests.wire.holdAnswers();
    await guest.say('has it arrived?');
    await guest.isSending('has it arrived?');
    const identity = (await guest.kept('identity')) as KeptIdentity;
    await guest.keep('identity', { ...identity, token: 'of another server' });
    await guest.page.goto('about:blank');
    tests.wire.thaw();
    await guest.page.goto(tests.url);
    await guest.message('has it arrived?').getByText('may or may not have been stored').waitFor();
    await isCalled(guest, 'guest-2');
    expect(await guest.texts()).to.deep.equal(['has it arrived?', 'has it arrived?']);
  });

  it('has read what was read in any tab, and is in the rooms of all', async () => {
    const bob = await tests.connect('bob', { rooms: ['lobby', 'dev'] });
    const first = await tests.browser.enter(tests.url, 'alice');
    await first.join('dev');
    const second = await first.anotherTab();
    await second.room('lobby').click();
    await second.page.getByRole('heading', { name: '#lobby' }).waitFor();
    await second.focus(false);
    await bob.send('for both', { room: 'dev' });
    await first.sees('for both');
    await second.join('ops');
    await bob.send('one more', { room: 'dev' });
    await first.sees('one more');
    await second.page.reload();
    for (const name of ['lobby', 'dev', 'ops']) await second.room(name).waitFor();
    expect(await second.page.getByRole('heading', { level: 1 }).innerText()).to.equal('#ops');
    expect(await second.page.getByText(/unread/).count()).to.equal(0);
    await first.page.reload();
    await first.room('ops').waitFor();
    expect(await first.page.getByRole('heading', { level: 1 }).innerText()).to.equal('#dev');
    await second.button('Leave #ops').click();
    await second.room('ops').waitFor({ state: 'detached' });
    await first.say('still here');
    await second.page.reload();
    await second.room('dev').waitFor();
    expect(await second.room('ops').count()).to.equal(0);
  });

  it('writes in several rooms at once, and in the colours that were chosen last', async () => {
    const first = await tests.browser.enter(tests.url, 'alice');
    await first.join('dev');
    const second = await first.anotherTab();
    await second.room('lobby').click();
    await first.field.fill('for dev');
    await second.field.fill('for the lobby');
    await first.field.fill('for dev, too');
    await second.button('Settings').click();
    await second.page.getByText('Dark', { exact: true }).click();
    await first.page.locator('html[data-theme=dark]').waitFor();
    const third = await first.anotherTab();
    await third.room('lobby').click();
    expect(await third.field.inputValue()).to.equal('for the lobby');
    await third.room('dev').click();
    expect(await third.field.inputValue()).to.equal('for dev, too');
  });

  it('may have a copy of a tab elsewhere, which takes its place, and gets it back', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    const { token } = (await alice.kept('identity')) as KeptIdentity;
    const { device } = (await alice.kept('tab.1')) as KeptTab;
    const copy = await tests.connect('alice', { token, device });
    await alice.page.getByRole('heading', { name: 'Opened elsewhere' }).waitFor();
    const ended = new Promise<string>((resolve) => copy.on('close', ({ kind }) => resolve(kind)));
    await alice.button('Use it here').click();
    await alice.say('mine again');
    await alice.hasSent('mine again');
    expect(await ended).to.equal('replaced');
  });
});
