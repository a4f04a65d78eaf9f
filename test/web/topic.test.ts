import { expect } from 'chai';
import { PageTests } from '../support/page-tests.js';

describe('the topic of a room, in the page', () => {
  const tests = PageTests.prepare();

  it('is in the header, and may be set by anybody there', async () => {
    const bob = await tests.connect('bob');
    await bob.setTopic('lobby', 'weather');
    const alice = await tests.browser.enter(tests.url, 'alice');
    const header = alice.page.getByRole('main').locator('header');
    await header.getByText('weather').waitFor();
    await bob.setTopic('lobby', 'the moon');
    await header.getByText('the moon').waitFor();
    await alice.page.locator('.remark').getByText('bob set the topic: the moon').waitFor();
    await alice.button('Edit the topic').click();
    const field = alice.page.getByRole('textbox', { name: 'Topic of #lobby' });
    expect(await field.inputValue()).to.equal('the moon');
    await field.fill('no');
    await field.press('Escape');
    await header.getByText('the moon').waitFor();
    await alice.page.keyboard.press('Enter');
    await field.fill('the stars');
    await field.press('Enter');
    await header.getByText('the stars').waitFor();
    await alice.page.locator('.remark').getByText('alice set the topic: the stars').waitFor();
    expect(bob.rooms[0]?.topic).to.equal('the stars');
  });

  it('belongs to its room, and can be removed', async () => {
    const bob = await tests.connect('bob', { rooms: ['lobby', 'dev'] });
    await bob.setTopic('lobby', 'weather');
    const alice = await tests.browser.enter(tests.url, 'alice');
    const topic = alice.page.getByRole('main').locator('header').getByText('weather');
    await topic.waitFor();
    await alice.join('dev');
    expect(await topic.count()).to.equal(0);
    await alice.room('lobby').click();
    await topic.waitFor();
    await bob.setTopic('lobby', '');
    await topic.waitFor({ state: 'detached' });
    await alice.page.locator('.remark').getByText('bob removed the topic').waitFor();
  });
});
