import { expect } from 'chai';
import { connect } from '../../src/index.js';
import type { Visitor } from '../support/browser.js';
import { PageTests } from '../support/page-tests.js';

const password = 'correct horse battery';

describe('an account, in the page', () => {
  const tests = PageTests.prepare();

  async function openSettings(visitor: Visitor): Promise<void> {
    await visitor.button('Settings').click();
  }

  async function logIn(visitor: Visitor, name: string, secret: string): Promise<void> {
    await visitor.page.getByLabel('Your name').fill(name);
    await visitor.page.getByLabel('Password').fill(secret);
    await visitor.button('Log in').click();
  }

  it('is made in the settings, and is still there after a reload', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.say('as a guest');
    await alice.hasSent('as a guest');
    await openSettings(alice);
    await alice.page.getByLabel('New password').fill('short');
    await alice.button('Get an account').click();
    await alice.reads('a password must have 8 to 1,024 bytes');
    await alice.page.getByLabel('New password').fill(password);
    await alice.button('Get an account').click();
    await alice.reads('Where you are logged in');
    await alice.button('Close settings').click();
    await alice.page.reload();
    await alice.isThere();
    await alice.say('with an account');
    await alice.hasSent('with an account');
    await using elsewhere = await connect(tests.tcpUrl, { name: 'alice', password });
    expect(elsewhere.name).to.equal('alice');
  });

  it('logs in, shows where else, logs out there, and out', async () => {
    const maker = await tests.connect('alice');
    await maker.account.register(password);
    const ended = new Promise<string>((resolve) => {
      maker.on('close', ({ kind }) => resolve(kind));
    });
    const alice = await tests.browser.visit(tests.url);
    await alice.button('I have an account').click();
    await logIn(alice, 'alice', 'wrong password');
    await alice.reads('the name and the password do not match');
    await logIn(alice, 'alice', password);
    await alice.isThere();
    await openSettings(alice);
    await alice.page.getByText('Where you are logged in').click();
    await alice.button('Log out all others').click();
    expect(await ended).to.equal('loggedOut');
    await alice.button('Log out').last().click();
    await alice.button('Start chatting').waitFor();
    expect(await alice.kept('identity')).to.equal(null);
    await using again = await connect(tests.tcpUrl, { name: 'alice', password });
    expect(await again.account.logins()).to.have.length(1);
  });

  it('is made where there are no guests, instead of coming in', async () => {
    tests.server.chat.reload({ guests: 'no' });
    const alice = await tests.browser.visit(tests.url);
    await alice.page.getByLabel('Your name').fill('alice');
    await alice.button('Start chatting').click();
    await alice.reads('this server wants you to log in first');
    await alice.button('I want one').click();
    await alice.page.getByLabel('New password').fill(password);
    await alice.button('Get an account').click();
    await alice.isThere();
    await alice.say('hello');
    await alice.hasSent('hello');
    await alice.page.reload();
    await alice.isThere();
    await alice.sees('hello');
  });

  it('is that of all tabs, and of none that is logged out elsewhere', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    const second = await alice.secondTab();
    await openSettings(alice);
    await alice.page.getByLabel('New password').fill(password);
    await alice.button('Get an account').click();
    await alice.reads('Where you are logged in');
    // The other tab goes on with the same log-in.
    await second.isThere();
    await second.say('from the second tab');
    await second.hasSent('from the second tab');
    await using elsewhere = await connect(tests.tcpUrl, { name: 'alice', password });
    await elsewhere.account.endLogin();
    await second.reads('the log-in of this session was ended');
    await second.button('Log in again').click();
    await second.reads('this log-in has ended: log in again');
    await second.page.getByRole('heading', { name: 'Log in' }).waitFor();
  });
});
