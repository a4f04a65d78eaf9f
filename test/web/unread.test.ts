import { expect } from 'chai';
import type { Visitor } from '../support/browser.js';
import { PageTests } from '../support/page-tests.js';

/** The line above what is new, and where it is below the top of the list. */
interface Divider {
  readonly topPx: number;
  readonly heightPx: number;
  readonly above: string;
  readonly below: string;
}

async function dividerOf(visitor: Visitor): Promise<Divider> {
  await visitor.page.getByText('New messages').waitFor();
  return (await visitor.scroller.evaluate((element) => {
    const scroller = element as unknown as Box;
    const line = scroller.querySelector('.divider')!;
    const textOf = (row: Box | null): string => row?.querySelector('.text')?.textContent ?? '';
    return {
      topPx: line.getBoundingClientRect().y - scroller.getBoundingClientRect().y,
      heightPx: scroller.getBoundingClientRect().height,
      above: textOf(line.previousElementSibling),
      below: textOf(line.nextElementSibling),
    };
  })) as Divider;
}

/** The line can be seen, between these two messages. */
async function expectDivider(visitor: Visitor, above: string, below: string): Promise<void> {
  const divider = await dividerOf(visitor);
  expect(divider).to.include({ above, below });
  expect(divider.topPx).to.be.within(0, divider.heightPx / 2);
}

/** How many are said to be further down. */
async function furtherDown(visitor: Visitor): Promise<number> {
  const text = await visitor.button(/^Jump to latest \(/).innerText();
  return Number(/[\d,]+/.exec(text)![0].replaceAll(',', ''));
}

async function isAtEnd(visitor: Visitor): Promise<boolean> {
  return (await visitor.scroller.evaluate((element) => {
    const { scrollHeight, clientHeight, scrollTop } = element as unknown as Box;
    return scrollHeight - clientHeight - scrollTop < 1;
  })) as boolean;
}

describe('what is new in the page', () => {
  const tests = PageTests.prepare();

  for (const count of [300, 600]) {
    it(`is below a line, from its first message on, in a room that is gone to: ${count} messages`, async () => {
      const alice = await tests.browser.enter(tests.url, 'alice');
      await alice.say('read');
      await alice.message('read').getByText('Sent', { exact: true }).waitFor();
      await alice.join('dev');
      await tests.fill('lobby', count);
      await alice.room(`lobby ${count} unread`).waitFor();
      await alice.room('lobby').click();
      await expectDivider(alice, 'read', 'message 1');
      expect(await furtherDown(alice)).to.be.within(count - 50, count - 1);
      await alice.button(/^Jump to latest/).click();
      await alice.sees(`message ${count}`);
      await alice.button(/^Jump to latest/).waitFor({ state: 'detached' });
    });
  }

  for (const count of [100, 600]) {
    it(`waits below a line while nobody looks: ${count} messages`, async () => {
      const alice = await tests.browser.enter(tests.url, 'alice');
      await alice.say('read');
      await alice.message('read').getByText('Sent', { exact: true }).waitFor();
      await alice.look(false);
      await tests.fill('lobby', count);
      await alice.until((unread) => document.title.startsWith(unread), `(${count})`);
      await alice.look(true);
      await expectDivider(alice, 'read', 'message 1');
      expect(await furtherDown(alice)).to.be.within(count - 50, count - 1);
    });
  }

  it('goes by, and is read later, in a page that is seen beside something else', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.focus(false);
    await tests.fill('lobby', 600);
    await alice.until((unread) => document.title.startsWith(unread), '(600)');
    await alice.sees('message 600');
    expect(await isAtEnd(alice)).to.equal(true);
    await alice.page.getByText('New messages').waitFor({ state: 'detached' });
    await alice.focus(true);
    await alice.until((title) => document.title === title, '#lobby · tcp-chat');
  });

  it('is at the end when it fits the screen, and is read when somebody looks again', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.look(false);
    await tests.fill('lobby', 3);
    await alice.until((unread) => document.title.startsWith(unread), '(3)');
    await alice.sees('message 3');
    expect(await isAtEnd(alice)).to.equal(true);
    await alice.look(true);
    await alice.until((title) => document.title === title, '#lobby · tcp-chat');
  });

  /** Somebody who had read all there was, and was without a connection while that many came. */
  async function backAfter(count: number): Promise<Visitor> {
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.say('read');
    await alice.message('read').getByText('Sent', { exact: true }).waitFor();
    await tests.loseConnection(alice);
    await tests.fill('lobby', count);
    await tests.comeBack(alice);
    await alice.reads(`#lobby: caught up: ${count} messages`);
    return alice;
  }

  it('is below a line, too, when the connection was lost meanwhile', async () => {
    const alice = await backAfter(900);
    await expectDivider(alice, 'read', 'message 1');
    expect(await furtherDown(alice)).to.be.within(850, 899);
    await alice.button(/^Jump to latest/).click();
    await alice.sees('message 900');
    await alice.until((title) => document.title === title, '#lobby · tcp-chat');
  });

  it('is read when it was missed and fits the screen', async () => {
    const alice = await backAfter(3);
    expect(await dividerOf(alice)).to.include({ above: 'read', below: 'message 1' });
    expect(await isAtEnd(alice)).to.equal(true);
    await alice.until((title) => document.title === title, '#lobby · tcp-chat');
  });

  it('does not draw somebody to the end who has begun to scroll up', async () => {
    await tests.fill('lobby', 100);
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.sees('message 100');
    const bob = await tests.connect('bob');
    await alice.scroller.hover();
    for (let number = 1; number <= 10; number += 1) {
      await alice.page.mouse.wheel(0, -3);
      await bob.send(`busy ${number}`);
      await alice.message(`busy ${number}`).waitFor();
    }
    expect(await isAtEnd(alice)).to.equal(false);
    await alice.button(/^Jump to latest/).click();
    await bob.send('the last one');
    await alice.sees('the last one');
    expect(await isAtEnd(alice)).to.equal(true);
  });

  it('says whom it mentions also where it is further down', async () => {
    await tests.fill('lobby', 100);
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.sees('message 100');
    await alice.scroller.hover();
    await alice.page.mouse.wheel(0, -600);
    await alice.button(/^Jump to latest/).waitFor();
    const bob = await tests.connect('bob');
    await bob.send('are you there, @alice?');
    await alice.room('lobby 1 unread, you are mentioned').waitFor();
  });

  it('is not from oneself when somebody else has the name by now', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    await alice.say('mine');
    await alice.button('Settings').click();
    await alice.page.getByLabel('Your name').fill('alicia');
    await alice.button('Rename').click();
    await alice.reads('you are alicia now, not alice');
    await alice.page.keyboard.press('Escape');
    const other = await tests.connect('alice');
    await other.send('not yours, @alicia');
    const looks = async (text: string): Promise<string | null> =>
      (await alice.sees(text)).getAttribute('class');
    expect(await looks('not yours, @alicia'))
      .to.contain('mention')
      .and.not.to.contain('own');
    expect(await looks('mine')).to.contain('own');
  });
});

/** What is used of the page here; the compiler knows no browser. */
interface Box {
  readonly scrollTop: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
  readonly textContent: string;
  readonly previousElementSibling: Box | null;
  readonly nextElementSibling: Box | null;
  querySelector(selector: string): Box | null;
  getBoundingClientRect(): { readonly y: number; readonly height: number };
}
declare const document: { readonly title: string };
