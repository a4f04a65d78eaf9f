import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import type { Visitor } from '../support/browser.js';
import { PageTests } from '../support/page-tests.js';
import { root } from '../support/programs.js';

const axe = readFileSync(join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
const narrow = { viewport: { width: 320, height: 640 } };

describe('the page, for everybody', () => {
  const tests = PageTests.prepare();

  /** What axe-core has to object to in what is shown now. */
  async function violations(visitor: Visitor): Promise<string[]> {
    await visitor.page.evaluate(axe);
    const found = await visitor.page.evaluate('axe.run(document, { resultTypes: ["violations"] })');
    const { violations: all } = found as { violations: Violation[] };
    return all.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }

  /** A room in which everything is that a room can have. */
  async function conversation(colorScheme: 'light' | 'dark', more = {}): Promise<Visitor> {
    const bob = await tests.connect('bob', { rooms: ['lobby', 'dev'] });
    const alice = await tests.browser.enter(tests.url, 'alice', { colorScheme, ...more });
    await bob.send('hello alice, see https://example.org \u202e');
    await alice.say('an answer');
    await alice.page.getByText('Echo', { exact: true }).click();
    await alice.say('an echo');
    await alice.sees(/^hello alice/);
    await (await alice.sees('an echo')).getByText('Echo, only for you').waitFor();
    tests.wire.freeze();
    await alice.say('still pending');
    await alice.sees('still pending');
    return alice;
  }

  it('passes axe-core before one comes in, also when the name is taken', async () => {
    await tests.connect('alice');
    const visitor = await tests.browser.visit(tests.url);
    await visitor.button('Start chatting').waitFor();
    expect(await violations(visitor)).to.deep.equal([]);
    await visitor.page.getByLabel('Your name').fill('alice');
    await visitor.button('Start chatting').click();
    await visitor.button(/^Come in as/).waitFor();
    expect(await violations(visitor)).to.deep.equal([]);
  });

  it('passes axe-core on the way to an account, and with one', async () => {
    const visitor = await tests.browser.visit(tests.url);
    await visitor.button('I have an account').click();
    expect(await violations(visitor)).to.deep.equal([]);
    await visitor.button('Come in without an account').click();
    await visitor.button('I want one').click();
    await visitor.page.getByLabel('Your name').fill('alice');
    await visitor.page.getByLabel('New password').fill('correct horse battery');
    expect(await violations(visitor)).to.deep.equal([]);
    await visitor.button('Get an account').click();
    await visitor.isThere();
    await visitor.button('Settings').click();
    for (const part of ['Change the password', 'Where you are logged in']) {
      await visitor.page.locator('summary', { hasText: part }).click();
    }
    await visitor.reads('connected now');
    expect(await violations(visitor)).to.deep.equal([]);
  });

  for (const colours of ['light', 'dark'] as const) {
    it(`passes axe-core in a conversation, in ${colours} colours, with and without a connection`, async () => {
      const alice = await conversation(colours);
      expect(await violations(alice)).to.deep.equal([]);
      await tests.loseConnection(alice);
      expect(await violations(alice)).to.deep.equal([]);
      await alice.button('Settings').click();
      await alice.page.getByRole('heading', { name: 'Settings' }).waitFor();
      expect(await violations(alice)).to.deep.equal([]);
    });

    it(`passes axe-core with changes, a topic, forms and the list of rooms, in ${colours} colours`, async () => {
      const alice = await tests.browser.enter(tests.url, 'alice', { colorScheme: colours });
      const bob = await tests.connect('bob');
      const { seq } = await bob.send('gone soon');
      await bob.edit('lobby', (await bob.send('before')).seq, 'after');
      await bob.remove('lobby', seq);
      await bob.setTopic('lobby', 'everything there is');
      await alice.say('mine');
      await alice.hasSent('mine');
      await alice.message('mine').hover();
      expect(await violations(alice)).to.deep.equal([]);
      await alice.field.press('ArrowUp');
      await alice.button('Edit the topic').click();
      expect(await violations(alice)).to.deep.equal([]);
      await alice.button('Cancel').click();
      await alice.message('mine').getByRole('button', { name: 'Remove' }).click();
      await alice.reads('Remove this message for everybody?');
      expect(await violations(alice)).to.deep.equal([]);
      await alice.button('All rooms…').click();
      await alice.page.getByRole('dialog').getByText('#lobby').waitFor();
      expect(await violations(alice)).to.deep.equal([]);
    });
  }

  it('passes axe-core with more people and rooms than fit the screen', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `person${index}`);
    await Promise.all(names.map(async (name) => tests.connect(name)));
    const alice = await tests.browser.enter(tests.url, 'alice', {
      viewport: { width: 1200, height: 400 },
    });
    for (let number = 1; number <= 12; number += 1) await alice.join(`room-${number}`);
    await alice.room('room-12').waitFor();
    expect(await isInView(alice.room('room-12'))).to.equal(true);
    await alice.room('lobby').click();
    await alice.page.getByText('person39').waitFor();
    expect(await violations(alice)).to.deep.equal([]);
    await alice.page.keyboard.press('Alt+ArrowUp');
    await alice.page.getByRole('heading', { name: '#room-12' }).waitFor();
    expect(await isInView(alice.room('room-12'))).to.equal(true);
  });

  it('passes axe-core on a narrow screen, with and without a drawer', async () => {
    const alice = await conversation('light', narrow);
    expect(await violations(alice)).to.deep.equal([]);
    await alice.button('Rooms').click();
    expect(await violations(alice)).to.deep.equal([]);
    await alice.button('All rooms…').click();
    await alice.page.getByRole('heading', { name: 'All rooms' }).waitFor();
    expect(await violations(alice)).to.deep.equal([]);
  });

  it('has drawers for rooms and people on a narrow screen, which take the focus and give it back', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice', narrow);
    await alice.room('lobby').waitFor({ state: 'hidden' });
    await alice.button('Rooms').click();
    await alice.room('lobby').waitFor();
    expect(await focused(alice)).to.equal('Close rooms');
    await alice.page.keyboard.press('Escape');
    await alice.room('lobby').waitFor({ state: 'hidden' });
    expect(await focused(alice)).to.equal('Rooms');
    await alice.button('1 person here').click();
    await alice.page.getByRole('complementary', { name: 'People' }).getByText('alice').waitFor();
    await alice.button('Close people').click();
    await alice.until(focusedIs, '1 person here');
  });

  it('has the focus in a drawer at once, also where drawers glide', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice', {
      ...narrow,
      reducedMotion: 'no-preference',
    });
    expect(await alice.page.evaluate(pressAndSeeFocus, 'Rooms')).to.equal('Close rooms');
    expect(await alice.page.evaluate(pressAndSeeFocus, 'Close rooms')).to.equal('Rooms');
  });

  it('can be used with the keyboard alone', async () => {
    const alice = await tests.browser.visit(tests.url);
    const { keyboard } = alice.page;
    await alice.button('Start chatting').waitFor();
    await keyboard.type('alice');
    await keyboard.press('Enter');
    await alice.field.waitFor();
    await keyboard.type('typed without a click');
    await keyboard.press('Enter');
    await alice.sees('typed without a click');
    for (let times = 0; (await focused(alice)) !== 'Join a room'; times += 1) {
      expect(times, 'tabs to the field for rooms').to.be.below(20);
      await keyboard.press('Shift+Tab');
    }
    await keyboard.type('dev');
    await keyboard.press('Enter');
    await alice.page.getByRole('heading', { name: '#dev' }).waitFor();
    await keyboard.press('Alt+ArrowUp');
    await alice.page.getByRole('heading', { name: '#lobby' }).waitFor();
    await keyboard.press('Alt+ArrowDown');
    await alice.page.getByRole('heading', { name: '#dev' }).waitFor();
    await alice.until(focusedIs, 'Message to #dev');
  });

  it('tells a screen reader what others write', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice');
    const bob = await tests.connect('bob');
    await bob.send('can you hear me?');
    const spoken = alice.page.getByRole('log', { name: 'New messages' });
    await spoken.getByText('bob: can you hear me?').waitFor();
    expect(await alice.page.locator('[lang=en]').count()).to.equal(1);
  });

  it('is dark or light as the system is, or as one chooses, also over a reload', async () => {
    const alice = await tests.browser.enter(tests.url, 'alice', { colorScheme: 'dark' });
    const ground = async (): Promise<string> =>
      await alice.page
        .locator('.conversation')
        .evaluate((main) => getComputedStyle(main).backgroundColor);
    const dark = await ground();
    await alice.button('Settings').click();
    await alice.page.getByText('Light', { exact: true }).click();
    const light = await ground();
    expect(light).to.equal('rgb(255, 255, 255)').and.not.to.equal(dark);
    await alice.page.reload();
    await alice.field.waitFor();
    expect(await ground()).to.equal(light);
  });
});

interface Violation {
  readonly id: string;
  readonly nodes: ReadonlyArray<{ readonly html: string }>;
}

/** Whether all of it can be seen in what scrolls around it. */
async function isInView(item: Locator): Promise<boolean> {
  return (await item.evaluate((element) => {
    const box = element as unknown as Box;
    const { top, bottom } = box.getBoundingClientRect();
    const around = box.closest('nav').getBoundingClientRect();
    return top >= around.top - 1 && bottom <= around.bottom + 1;
  })) as boolean;
}

/** The name of what has the focus. */
async function focused(visitor: Visitor): Promise<string> {
  return await visitor.page.evaluate(nameOfFocus);
}

function nameOfFocus(): string {
  const { activeElement: element } = document;
  return (element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? '').trim();
}

/** Runs in the page: what has the focus when the page has done what a button says, before it is painted. */
async function pressAndSeeFocus(name: string): Promise<string | null> {
  const buttons = [...document.querySelectorAll('button')];
  buttons.find((button) => button.getAttribute('aria-label') === name)!.click();
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  return document.activeElement.getAttribute('aria-label');
}

/** Runs in the page, on its own. */
function focusedIs(name: string): boolean {
  const { activeElement: element } = document;
  const label = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? '';
  return label.trim() === name;
}

interface Box {
  getBoundingClientRect(): { readonly top: number; readonly bottom: number };
  closest(selector: string): Box;
}

/** What these tests use of a page; the compiler knows no browser here. */
declare const document: {
  readonly activeElement: {
    readonly labels?: ReadonlyArray<{ readonly textContent: string }>;
    getAttribute(name: string): string | null;
  };
  querySelectorAll(selector: string): Iterable<{
    getAttribute(name: string): string | null;
    click(): void;
  }>;
};
declare function getComputedStyle(element: unknown): { readonly backgroundColor: string };
