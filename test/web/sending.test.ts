import { expect } from 'chai';
import { PageTests } from '../support/page-tests.js';

describe('sending from the page', () => {
  const tests = PageTests.prepare();

  it('lets two people chat in one room, and says who is there', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    const bob = await tests.browser.enter(tests.url, 'bob');
    await alice.say('hello, everybody');
    await bob.sees('hello, everybody');
    await bob.say('hi there');
    await alice.sees('hi there');
    await alice.reads('2 people');
    const people = alice.page.getByRole('complementary', { name: 'People' });
    await people.getByText('bob').waitFor();
    await bob.leave();
    await people.getByText('bob').waitFor({ state: 'detached' });
  });

  it('sends an echo, which comes back to its sender alone', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    const bob = await tests.browser.enter(tests.url, 'bob');
    await alice.page.getByText('Echo', { exact: true }).click();
    await alice.say('am I here?');
    await (await alice.sees('am I here?')).getByText('Echo, only for you').waitFor();
    await alice.page.getByText('Broadcast', { exact: true }).click();
    await alice.say('to all');
    await bob.sees('to all');
    expect(await bob.message('am I here?').count()).to.equal(0);
  });

  it('shows an own message as pending until the server has it, and as sent then', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    tests.wire.freeze();
    await alice.say('is anybody there?');
    const message = await alice.sees('is anybody there?');
    await message.getByText('Sending…').waitFor();
    tests.wire.thaw();
    await message.getByText('Sent', { exact: true }).waitFor();
    expect(await alice.message('is anybody there?').count()).to.equal(1);
  });

  it('sends what was not confirmed when the page was closed again, once', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    const bob = await tests.connect('bob');
    const heard: string[] = [];
    bob.on('message', ({ content }) => heard.push(content));
    tests.wire.freeze();
    await alice.say('did you get this?');
    await (await alice.sees('did you get this?')).getByText('Sending…').waitFor();
    await alice.page.goto('about:blank');
    tests.wire.cut();
    tests.wire.thaw();
    tests.wire.mend();
    await alice.page.goto(tests.url);
    await alice.message('did you get this?').getByText('Sent', { exact: true }).waitFor();
    await alice.say('the end');
    await alice.sees('the end');
    expect(await alice.message('did you get this?').count()).to.equal(1);
    while (!heard.includes('the end')) await bob.members('lobby');
    expect(heard).to.deep.equal(['did you get this?', 'the end']);
  });

  it('ends a line with Shift and Enter, and sends with Enter', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.field.pressSequentially('one');
    await alice.field.press('Shift+Enter');
    await alice.field.pressSequentially('two');
    await alice.field.press('Enter');
    expect(await (await alice.sees(/^one\s+two$/)).locator('.text').innerText()).to.equal(
      'one\ntwo',
    );
    expect(await alice.field.inputValue()).to.equal('');
  });

  it('says how many bytes are left when they become few, and sends nothing that is too long', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.field.fill('é'.repeat(2000));
    await alice.reads('96 bytes left');
    await alice.field.fill('é'.repeat(2100));
    await alice.reads('104 bytes too long');
    await alice.field.press('Enter');
    expect(await alice.button('Send').isDisabled()).to.equal(true);
    await alice.say('short');
    await alice.sees('short');
    expect(await alice.page.locator('.message').count()).to.equal(1);
  });

  it('keeps what is typed in each room, also over a reload', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.field.fill('half a sentence');
    await alice.join('dev');
    expect(await alice.field.inputValue()).to.equal('');
    await alice.field.fill('another');
    await alice.room('lobby').click();
    expect(await alice.field.inputValue()).to.equal('half a sentence');
    await alice.page.reload();
    await alice.field.waitFor();
    expect(await alice.field.inputValue()).to.equal('half a sentence');
    await alice.room('dev').click();
    expect(await alice.field.inputValue()).to.equal('another');
  });
});
