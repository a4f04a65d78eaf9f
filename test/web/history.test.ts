import { expect } from 'chai';
import type { Visitor } from '../support/browser.js';
import { PageTests } from '../support/page-tests.js';

describe('reading in the page', () => {
  const tests = PageTests.prepare();

  /** Scrolls to so far from the top, and returns the text at the top and where it is. */
  async function scrollTo(visitor: Visitor, topPx: number): Promise<[text: string, yPx: number]> {
    return (await visitor.scroller.evaluate((scroller, px) => {
      const box = scroller as unknown as Box;
      box.scrollTop = px;
      const edge = box.getBoundingClientRect().y;
      const rows = Array.from(box.querySelectorAll('.message'));
      const first = rows.find((row) => row.getBoundingClientRect().y >= edge)!;
      return [first.querySelector('.text').textContent, first.getBoundingClientRect().y] as const;
    }, topPx)) as [string, number];
  }

  async function yOf(visitor: Visitor, text: string): Promise<number> {
    return (await visitor.message(text).boundingBox())!.y;
  }

  /** Waits until the top of the window is at most that message. */
  async function reaches(visitor: Visitor, number: number): Promise<void> {
    await visitor.until((most) => {
      const { document } = globalThis as unknown as { document: Box };
      const text = document.querySelector('.message .text').textContent;
      return Number(text.slice('message '.length)) <= most;
    }, number);
  }

  /** Somebody who reads in the middle of a room, the text at the top there, and where it is. */
  async function readerInTheMiddle(): Promise<[visitor: Visitor, text: string, yPx: number]> {
    await tests.fill('lobby', 200);
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.sees('message 200');
    await reaches(alice, 101);
    const [text, yPx] = await scrollTo(alice, 1500);
    await alice.button('Jump to latest').waitFor();
    return [alice, text, yPx];
  }

  it('gets older messages when one scrolls up, and what one reads stays where it is', async () => {
    await tests.fill('lobby', 350);
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.sees('message 350');
    await reaches(alice, 251);
    for (const oldest of [151, 51, 1]) {
      const [text, yPx] = await scrollTo(alice, 400);
      await reaches(alice, oldest);
      expect(await yOf(alice, text), text).to.be.closeTo(yPx, 1);
    }
    await scrollTo(alice, 0);
    await alice.reads('This is the beginning of #lobby.');
  });

  it('goes through a room with 100,000 messages with few of them on the page', async () => {
    await tests.fill('lobby', 100_000);
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.sees('message 100000');
    for (let oldest = 99_801; oldest > 99_000; oldest -= 100) {
      const [text, yPx] = await scrollTo(alice, 400);
      await reaches(alice, oldest);
      expect(await yOf(alice, text), text).to.be.closeTo(yPx, 1);
    }
    expect(await alice.page.locator('.message').count()).to.be.at.most(400);
    await alice.button('Jump to latest').click();
    await alice.sees('message 100000');
    await alice.button('Jump to latest').waitFor({ state: 'detached' });
    expect(await alice.page.locator('.message').count()).to.be.at.most(400);
  });

  it('comes back down again over the messages that were dropped, up to the newest', async () => {
    await tests.fill('lobby', 700);
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.sees('message 700');
    for (const oldest of [501, 401, 301, 201, 101, 1]) {
      await scrollTo(alice, 400);
      await reaches(alice, oldest);
    }
    await alice.message('message 700').waitFor({ state: 'detached' });
    await alice.until(() => {
      const { document } = globalThis as unknown as { document: Box };
      const scroller = document.querySelector('.scroller');
      scroller.scrollTop += 600;
      const last = Array.from(document.querySelectorAll('.message .text')).at(-1);
      return last?.textContent === 'message 700';
    }, undefined);
    await scrollTo(alice, 1_000_000);
    await alice.button('Jump to latest').waitFor({ state: 'detached' });
  });

  it('leaves one where one reads when messages arrive, counts them, and jumps to the latest', async () => {
    const [alice, text, yPx] = await readerInTheMiddle();
    const bob = await tests.connect('bob');
    for (const word of ['one', 'two', 'three']) await bob.send(word);
    await alice.button('Jump to latest (3)').waitFor();
    expect(await yOf(alice, text)).to.be.closeTo(yPx, 1);
    await alice.until(() => document.title.startsWith('(3) '), undefined);
    await alice.button('Jump to latest (3)').click();
    await alice.until(() => document.title.startsWith('#lobby'), undefined);
    expect(await alice.page.getByText('New messages').isVisible()).to.equal(true);
    expect(await alice.message('three').isVisible()).to.equal(true);
  });

  it('leaves one where one reads also when the connection was lost and is back', async () => {
    const [alice, text, yPx] = await readerInTheMiddle();
    const bob = await tests.connect('bob');
    await tests.loseConnection(alice);
    for (const word of ['one', 'two', 'three']) await bob.send(word);
    await tests.comeBack(alice);
    await alice.button('Jump to latest (3)').waitFor();
    expect(await yOf(alice, text)).to.be.closeTo(yPx, 1);
    await alice.button('Jump to latest (3)').click();
    await alice.sees('three');
    await alice.page.locator('.divider + .message').getByText('one', { exact: true }).waitFor();
  });

  it('shows a room again where one has left it', async () => {
    await tests.fill('lobby', 200);
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.sees('message 200');
    await reaches(alice, 101);
    const [text, yPx] = await scrollTo(alice, 1500);
    await alice.button('Jump to latest').waitFor();
    await alice.join('dev');
    await alice.room('lobby').click();
    await alice.sees(text);
    expect(await yOf(alice, text)).to.be.closeTo(yPx, 1);
  });

  it('counts what is new in other rooms, and draws a line above it', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.join('dev');
    const bob = await tests.connect('bob', { rooms: ['lobby', 'dev'] });
    await bob.send('an old message', { room: 'dev' });
    await alice.sees('an old message');
    await alice.room('lobby').click();
    await bob.send('a new message', { room: 'dev' });
    await bob.send('and one for @alice', { room: 'dev' });
    await alice.room('dev 2 unread, you are mentioned').waitFor();
    await alice.until(() => document.title === '(2) #lobby · tcp-chat', undefined);
    await alice.room('dev').click();
    await alice.until(() => document.title === '#dev · tcp-chat', undefined);
    const rows = await alice.page.locator('.rows > li').allInnerTexts();
    const line = rows.findIndex((row) => row.includes('New messages'));
    expect(rows[line - 1]).to.contain('an old message');
    expect(rows[line + 1]).to.contain('a new message');
  });

  it('does not take for read what comes while nobody looks', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    const bob = await tests.connect('bob');
    await alice.look(false);
    await bob.send('are you there?');
    await alice.until(() => document.title === '(1) #lobby · tcp-chat', undefined);
    await alice.look(true);
    await alice.until(() => document.title === '#lobby · tcp-chat', undefined);
  });
});

/** What these tests use of elements; the compiler knows no browser here. */
interface Box {
  scrollTop: number;
  readonly textContent: string;
  getBoundingClientRect(): { y: number };
  querySelector(selector: string): Box;
  querySelectorAll(selector: string): Box[];
}

declare const document: { title: string };
