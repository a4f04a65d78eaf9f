import { expect } from 'chai';
import { PageTests } from '../support/page-tests.js';

describe('coming back to the page', () => {
  const tests = PageTests.prepare();

  it('asks for a name, refuses what is none, and suggests another for one that is taken', async () => {
    await tests.connect('alice');
    const visitor = await tests.browser.visit(tests.url);
    await visitor.page.getByLabel('Your name').fill('two words');
    await visitor.button('Start chatting').click();
    await visitor.reads('A name must have 1 to 32 letters');
    await visitor.page.getByLabel('Your name').fill('Alice');
    await visitor.button('Start chatting').click();
    await visitor.reads(/the name alice belongs to somebody else/i);
    await visitor.button(/^Come in as/).click();
    await visitor.field.waitFor();
    expect(await visitor.page.locator('.me-name').innerText()).to.match(/^Alice\S+$/);
  });

  it('lets one in as a guest, and be renamed, but not to a name that is taken', async () => {
    await tests.connect('bob');
    const visitor = await tests.browser.visit(tests.url);
    await visitor.button('Go on as a guest').click();
    await visitor.field.waitFor();
    const name = visitor.page.locator('.me-name');
    expect(await name.innerText()).to.match(/^guest-/);
    await visitor.button('Settings').click();
    await visitor.page.getByLabel('Your name').fill('bob');
    await visitor.button('Rename').click();
    await visitor.reads(/the name bob belongs to somebody else/i);
    await visitor.page.getByLabel('Your name').fill('carol');
    await visitor.button('Rename').click();
    await visitor.until((text) => document.querySelector('.me-name').textContent === text, 'carol');
  });

  it('keeps name, rooms and place over a reload, and counts what was missed', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    const bob = await tests.connect('bob', { rooms: ['lobby', 'dev'] });
    await alice.join('dev');
    await bob.send('seen', { room: 'dev' });
    await alice.sees('seen');
    await alice.page.goto('about:blank');
    await bob.send('missed', { room: 'dev' });
    await bob.send('missed as well');
    await alice.page.goto(tests.url);
    await alice.room('lobby 1 unread').waitFor();
    await alice.sees('missed');
    expect(await alice.page.locator('.me-name').innerText()).to.equal('alice');
    expect(await alice.page.getByRole('heading', { level: 1 }).innerText()).to.equal('#dev');
    const rows = await alice.page.locator('.rows > li').allInnerTexts();
    const line = rows.findIndex((row) => row.includes('New messages'));
    expect(rows[line - 1]).to.contain('seen');
    expect(rows[line + 1]).to.contain('missed');
  });

  it('begins where one has stopped reading when much was missed', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    await tests.fill('lobby', 300, 'before');
    await alice.sees('message 300');
    await alice.page.goto('about:blank');
    await tests.fill('lobby', 1000, 'after');
    await alice.page.goto(tests.url);
    await alice.page.getByText('New messages').waitFor();
    expect(await alice.message('message 1').isVisible()).to.equal(true);
    expect(await alice.message('message 300').isVisible()).to.equal(true);
    await alice.button(/Jump to latest \(9\d\d\)/).click();
    await alice.sees('message 1000');
  });

  it('resumes without loss when the connection was cut', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    const bob = await tests.connect('bob');
    await bob.send('before');
    await alice.sees('before');
    await tests.loseConnection(alice);
    await alice.say('written without a connection');
    await (await alice.sees('written without a connection')).getByText('Sending…').waitFor();
    for (const text of ['missed one', 'missed two']) await bob.send(text);
    await tests.comeBack(alice);
    await alice.reads('#lobby: caught up: 2 messages');
    await alice.sees('missed two');
    await alice
      .message('written without a connection')
      .getByText('Sent', { exact: true })
      .waitFor();
    const texts = await alice.page.locator('.message .text').allInnerTexts();
    expect(texts).to.deep.equal([
      'before',
      'missed one',
      'missed two',
      'written without a connection',
    ]);
  });

  it('waits for a server that is not there yet, and comes in when it is', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    let isThere = false;
    await alice.page.routeWebSocket('**/ws', (route) => {
      if (isThere) route.connectToServer();
      else void route.close();
    });
    await alice.page.reload();
    await alice.reads('Welcome back, alice');
    await alice.reads(/Trying again/);
    isThere = true;
    await alice.field.waitFor();
    await alice.say('here again');
    await alice.message('here again').getByText('Sent', { exact: true }).waitFor();
  });

  it('works where the browser keeps nothing', async () => {
    const visitor = await tests.browser.visit('about:blank');
    await visitor.page.addInitScript(() => {
      Object.defineProperty(globalThis, 'localStorage', {
        get() {
          throw new Error('forbidden here');
        },
      });
    });
    await visitor.page.goto(tests.url);
    await visitor.comeIn('alice');
    await visitor.say('I was never here');
    await visitor.message('I was never here').getByText('Sent', { exact: true }).waitFor();
    await visitor.page.reload();
    await visitor.page.getByLabel('Your name').waitFor();
  });
});

/** What these tests use of a page; the compiler knows no browser here. */
declare const document: { querySelector(selector: string): { readonly textContent: string } };
