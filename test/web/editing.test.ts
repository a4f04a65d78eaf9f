import { expect } from 'chai';
import { PageTests } from '../support/page-tests.js';

describe('own messages in the page', () => {
  const tests = PageTests.prepare();

  it('are edited with a button, and with the Up arrow', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    const bob = await tests.connect('bob');
    const edits: string[] = [];
    bob.on('edited', ({ content }) => edits.push(content));
    await alice.say('frist');
    await alice.hasSent('frist');
    await alice.message('frist').hover();
    await alice.message('frist').getByRole('button', { name: 'Edit' }).click();
    const form = alice.page.getByRole('textbox', { name: 'Edit message' });
    await form.fill('first');
    await form.press('Enter');
    await (await alice.sees('first')).getByText('(edited)').waitFor();
    await alice.hasSent('first');
    await alice.field.press('ArrowUp');
    expect(await form.inputValue()).to.equal('first');
    await form.fill('never saved');
    await form.press('Escape');
    await form.waitFor({ state: 'detached' });
    await alice.sees('first');
    await alice.page.keyboard.press('ArrowUp');
    await form.fill('first again');
    await alice.button('Save').click();
    await alice.sees('first again');
    while (edits.length < 2) await bob.members('lobby');
    expect(edits).to.deep.equal(['first', 'first again']);
  });

  it('are removed after a question, with the keyboard alone', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    const { keyboard } = alice.page;
    for (const text of ['stays', 'goes', 'last']) {
      await alice.say(text);
      await alice.hasSent(text);
    }
    await alice.message('last').getByRole('button', { name: 'Edit' }).focus();
    await keyboard.press('ArrowUp');
    await keyboard.press('ArrowRight');
    await keyboard.press('Enter');
    await alice.reads('Remove this message for everybody?');
    await keyboard.press('Escape');
    await alice.page.getByText('Remove this message').waitFor({ state: 'detached' });
    await alice.message('goes').hover();
    await alice.message('goes').getByRole('button', { name: 'Remove' }).click();
    await keyboard.press('Enter');
    await alice.sees('message removed');
    expect(await alice.texts()).to.deep.equal(['stays', 'last']);
    expect(await alice.page.getByRole('toolbar').count()).to.equal(2);
  });

  it('have no buttons while they are not confirmed, nor have echoes and those of others', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    const bob = await tests.connect('bob');
    await bob.send('not yours');
    await alice.sees('not yours');
    await alice.page.getByText('Echo', { exact: true }).click();
    await alice.say('an echo');
    await alice.sees('an echo');
    await alice.page.getByText('Broadcast', { exact: true }).click();
    tests.wire.freeze();
    await alice.say('on its way');
    await alice.isSending('on its way');
    expect(await alice.page.getByRole('toolbar').count()).to.equal(0);
    await alice.field.press('ArrowUp');
    expect(await alice.page.getByRole('textbox', { name: 'Edit message' }).count()).to.equal(0);
  });

  it('are refused to who has only the name of their author', async () => {
    const other = await tests.connect('alice');
    await other.send('from another alice');
    await other.rename('');
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.sees('from another alice');
    await alice.field.press('ArrowUp');
    const form = alice.page.getByRole('textbox', { name: 'Edit message' });
    await form.fill('mine now');
    await form.press('Enter');
    await alice.reads('the message was sent by somebody else');
    await alice.button('Cancel').click();
    await alice.sees('from another alice');
  });
});
