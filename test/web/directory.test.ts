import { expect } from 'chai';
import { PageTests } from '../support/page-tests.js';

describe('the list of all rooms in the page', () => {
  const tests = PageTests.prepare();

  it('has the rooms with topic, people and size, by prefix, and leads into them', async () => {
    const bob = await tests.connect('bob', { rooms: ['lobby', 'dev', 'dev-ops', 'music'] });
    for (const room of ['dev', 'dev-ops', 'music']) await bob.send('hi', { room });
    await bob.setTopic('dev', 'what we build');
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.button('All rooms…').click();
    const dialog = alice.page.getByRole('dialog', { name: 'All rooms' });
    const rooms = dialog.getByRole('listitem');
    await rooms.getByText('#music').waitFor();
    expect(await dialog.getByRole('button', { name: /^#dev 1/ }).innerText()).to.match(
      /#dev\s+1 person, 2 entries\s+what we build/,
    );
    await dialog.getByLabel('Begins with').fill('dev');
    await rooms.getByText('#music').waitFor({ state: 'detached' });
    expect(await rooms.count()).to.equal(2);
    await dialog.getByRole('button', { name: '#dev-ops' }).click();
    await alice.page.getByRole('heading', { name: '#dev-ops', exact: true }).waitFor();
    await dialog.waitFor({ state: 'hidden' });
    await alice.button('All rooms…').click();
    await dialog.getByLabel('Begins with').fill('mu');
    await rooms.getByText('#dev-ops').waitFor({ state: 'detached' });
    await dialog.getByLabel('Begins with').press('Enter');
    await alice.page.getByRole('heading', { name: '#music', exact: true }).waitFor();
  });

  it('comes in pages', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `room-${100 + index}`);
    const bob = await tests.connect('bob', { rooms: names });
    await Promise.all(names.map(async (room) => bob.send('hi', { room })));
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.button('All rooms…').click();
    const dialog = alice.page.getByRole('dialog', { name: 'All rooms' });
    await dialog.getByLabel('Begins with').fill('room-');
    await dialog.getByText('#room-149').waitFor();
    expect(await dialog.getByRole('listitem').count()).to.equal(50);
    await dialog.getByRole('button', { name: 'More rooms' }).click();
    await dialog.getByText('#room-159').waitFor();
    expect(await dialog.getByRole('button', { name: 'More rooms' }).count()).to.equal(0);
    await dialog.getByLabel('Begins with').fill('none');
    await alice.reads('There is no such room yet.');
  });
});
