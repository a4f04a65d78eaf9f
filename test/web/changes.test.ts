import { expect } from 'chai';
import { PageTests } from '../support/page-tests.js';

describe('changes in the page', () => {
  const tests = PageTests.prepare();

  it('are shown when somebody edits or removes a message, and after a reload', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    const bob = await tests.connect('bob');
    const first = await bob.send('frist');
    const second = await bob.send('not for here');
    await alice.sees('not for here');
    await bob.edit('lobby', first.seq, 'first');
    await bob.remove('lobby', second.seq);
    const edited = await alice.sees('first');
    expect(await edited.locator('.edited').getAttribute('title')).to.match(/20\d\d/);
    await alice.sees('message removed');
    expect(await alice.texts()).to.deep.equal(['first']);
    await alice.page.reload();
    await (await alice.sees('first')).getByText('(edited)').waitFor();
    await alice.sees('message removed');
    expect(await alice.texts()).to.deep.equal(['first']);
    await bob.send('afterwards');
    await alice.sees('afterwards');
  });

  it('are nothing to be read', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.join('dev');
    const bob = await tests.connect('bob', { rooms: ['lobby', 'dev'] });
    const { seq } = await bob.send('one', { room: 'dev' });
    await alice.sees('one');
    await alice.room('lobby').click();
    await bob.edit('dev', seq, 'two');
    await bob.setTopic('dev', 'numbers');
    const doomed = await bob.send('new', { room: 'dev' });
    await alice.room('dev 1 unread').waitFor();
    await bob.remove('dev', doomed.seq);
    await alice.until(() => document.title === '#lobby · tcp-chat', undefined);
    await alice.page.reload();
    await alice.isThere();
    await alice.until(() => document.title === '#lobby · tcp-chat', undefined);
  });

  it('do not count among what came while one was away', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.say('read');
    await alice.hasSent('read');
    await alice.page.goto('about:blank');
    const bob = await tests.connect('bob');
    const { seq } = await bob.send('draft');
    for (let edits = 1; edits <= 60; edits += 1) await bob.edit('lobby', seq, `text ${edits}`);
    for (let count = 1; count <= 60; count += 1) await bob.setTopic('lobby', `topic ${count}`);
    await bob.send('the last one');
    await alice.page.goto(tests.url);
    await alice.sees('the last one');
    const rows = await alice.page.locator('.rows > li').allInnerTexts();
    const line = rows.findIndex((row) => row.includes('New messages'));
    expect(rows[line - 1]).to.contain('read');
    expect(rows[line + 1]).to.contain('text 60');
    await alice.until(() => document.title === '#lobby · tcp-chat', undefined);
    await bob.setTopic('lobby', 'and on');
    await alice.page.goto('about:blank');
    await bob.setTopic('lobby', 'nothing new');
    await alice.page.goto(tests.url);
    await alice.sees('the last one');
    expect(await alice.page.getByText('New messages').count()).to.equal(0);
    await alice.button(/^Jump/).waitFor({ state: 'detached' });
    await bob.send('live');
    await alice.sees('live');
  });

  it('are made up for when the connection was lost meanwhile', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    const bob = await tests.connect('bob');
    const first = await bob.send('frist');
    const second = await bob.send('doomed');
    await alice.sees('doomed');
    await tests.loseConnection(alice);
    await bob.edit('lobby', first.seq, 'first');
    await bob.remove('lobby', second.seq);
    await tests.comeBack(alice);
    await alice.sees('first');
    await alice.sees('message removed');
    await alice.until(() => document.title === '#lobby · tcp-chat', undefined);
    await alice.say('and on');
    await alice.hasSent('and on');
  });

  it('scroll through a log that has more changes than messages', async () => {
    const bob = await tests.connect('bob');
    const first = await bob.send('the first');
    const changes: Array<Promise<unknown>> = [];
    for (let count = 1; count <= 350; count += 1) changes.push(bob.setTopic('lobby', `${count}`));
    await Promise.all(changes);
    await bob.edit('lobby', first.seq, 'the first still');
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.sees('the first still');
    await alice.reads('This is the beginning of #lobby.');
  });
});

declare const document: { readonly title: string };
