import { expect } from 'chai';
import { connect, type ChatClient } from '../../src/index.js';
import type { KeptTab } from '../../src/web/model/kept-values.js';
import type { Visitor } from '../support/browser.js';
import { makeFolder, removeFolder } from '../support/folders.js';
import { PageTests } from '../support/page-tests.js';
import { ServerProcess } from '../support/server-process.js';

/** All that is in the lobby, once a message is. */
async function lobbyWith(client: ChatClient, text: string): Promise<string[]> {
  for (;;) {
    const { messages } = await client.history('lobby');
    const texts = messages.map(({ content }) => content);
    if (texts.includes(text)) return texts;
  }
}

/** Of which device a slot is. */
async function deviceOf(tab: Visitor, slot: number): Promise<string> {
  return ((await tab.kept(`tab.${slot}`)) as KeptTab).device;
}

describe('the tabs of a browser', () => {
  const tests = PageTests.prepare();

  /** Loses what is under way, so that it never arrives, and has everybody connect anew. */
  function loseWhatIsUnderWay(): void {
    tests.wire.cut();
    tests.wire.thaw();
    tests.wire.mend();
  }

  it('are one person, who is there once, and stand side by side', async () => {
    const first = await tests.browser.enter(tests.url, 'alice');
    const second = await first.secondTab();
    const copy = await second.copyOfTab();
    await copy.isThere();
    const tabs = { first, second, copy };
    for (const [name, tab] of Object.entries(tabs)) {
      await tab.say(`from the ${name}`);
      for (const one of Object.values(tabs)) await one.hasSent(`from the ${name}`);
    }
    for (const tab of Object.values(tabs)) {
      expect(await tab.texts()).to.have.length(3);
      await tab.reads('1 person');
      expect(await tab.page.getByRole('heading', { name: 'Opened elsewhere' }).count()).to.equal(0);
    }
    expect(tests.server.chat.sessionCount).to.equal(3);
    const devices = await Promise.all([1, 2, 3].map(async (slot) => deviceOf(first, slot)));
    expect(new Set(devices).size).to.equal(3);
  });

  it('have devices of their own also when they are opened at the same moment', async () => {
    const first = await tests.browser.enter(tests.url, 'alice');
    const others = await Promise.all([1, 2, 3].map(async () => first.anotherTab()));
    for (const tab of others) await tab.field.waitFor();
    await first.say('to all of me');
    for (const tab of others) await tab.hasSent('to all of me');
    expect(tests.server.chat.sessionCount).to.equal(4);
  });

  it('keep their devices over reloads and ways back, also those that are not the first', async () => {
    const first = await tests.browser.enter(tests.url, 'alice');
    const second = await first.secondTab();
    const device = await deviceOf(second, 2);
    await first.page.close();
    for (let times = 0; times < 3; times += 1) {
      await second.page.reload();
      await second.isThere();
    }
    tests.wire.freeze();
    await second.say('before');
    await second.isSending('before');
    await second.page.goto('about:blank');
    loseWhatIsUnderWay();
    await second.page.goBack();
    await second.hasSent('before');
    expect(await deviceOf(second, 2)).to.equal(device);
    expect(await second.kept('tab.2')).to.deep.include({ device, messages: [] });
    expect(await second.texts()).to.deep.equal(['before']);
    await tests.server.sessions(1);
  });

  for (const how of ['closed', 'crashed'] as const) {
    it(`send once what was not confirmed in a tab that was ${how}`, async () => {
      const bob = await tests.connect('bob');
      const first = await tests.browser.enter(tests.url, 'alice');
      const second = await first.secondTab();
      tests.wire.holdAnswers();
      await second.say('has arrived');
      await second.isSending('has arrived');
      await lobbyWith(bob, 'has arrived');
      tests.wire.freeze();
      await second.say('has not arrived');
      await second.isSending('has not arrived');
      if (how === 'closed') await second.page.close();
      else await second.crashTab();
      first.mayLoseServer = true;
      loseWhatIsUnderWay();
      const third = await first.anotherTab();
      await third.hasSent('has arrived');
      await third.hasSent('has not arrived');
      await third.say('the end');
      await third.hasSent('the end');
      const all = ['has arrived', 'has not arrived', 'the end'];
      expect(await lobbyWith(bob, 'the end')).to.deep.equal(all);
      expect(await third.texts()).to.deep.equal(all);
    });
  }

  it('have each message once and in order when the server is killed', async () => {
    const folder = await makeFolder();
    try {
      const settings = { store: 'sqlite', data: folder, rateLimit: 0 } as const;
      const before = await ServerProcess.start(settings);
      tests.wire.mend(before.httpPort);
      const first = await tests.browser.enter(tests.url, 'alice');
      const second = await first.secondTab();
      const tabs = [first, second];
      const sayAll = async (part: string): Promise<void> => {
        for (const number of [1, 2, 3]) {
          for (const [tab, one] of tabs.entries()) await one.say(`${part} ${number} of ${tab}`);
        }
        for (const [tab, one] of tabs.entries()) await one.isSending(`${part} 3 of ${tab}`);
      };
      tests.wire.holdAnswers();
      await sayAll('stored');
      for (const tab of tabs) tab.mayLoseServer = true;
      await using bob = await connect(`tcp://127.0.0.1:${before.port}`, { name: 'bob' });
      for (const tab of [0, 1]) await lobbyWith(bob, `stored 3 of ${tab}`);
      tests.wire.freeze();
      await sayAll('lost');
      tests.wire.cut();
      tests.wire.thaw();
      await before[Symbol.asyncDispose]();
      await using after = await ServerProcess.start(settings);
      tests.wire.mend(after.httpPort);
      for (const tab of tabs) await tab.reconnect();
      for (const [tab, one] of tabs.entries()) await one.hasSent(`lost 3 of ${tab}`);
      await using carol = await connect(`tcp://127.0.0.1:${after.port}`, { name: 'carol' });
      const all = await lobbyWith(carol, 'lost 3 of 0');
      for (const tab of [0, 1]) {
        const expected = ['stored', 'lost'].flatMap((part) =>
          [1, 2, 3].map((number) => `${part} ${number} of ${tab}`),
        );
        expect(all.filter((text) => text.endsWith(` of ${tab}`))).to.deep.equal(expected);
      }
      for (const tab of tabs) {
        await tab.sees('lost 3 of 0');
        await tab.sees('lost 3 of 1');
        expect(await tab.texts()).to.deep.equal(all);
      }
    } finally {
      await removeFolder(folder);
    }
  });

  it('need no locks, which browsers do not have for every page', async () => {
    const first = await tests.browser.visit('about:blank');
    await first.beginEachPage(withoutLocks);
    await first.page.goto(tests.url);
    await first.comeIn('alice');
    const second = await first.secondTab();
    const copy = await second.copyOfTab();
    await copy.isThere();
    expect(tests.server.chat.sessionCount).to.equal(3);
    tests.wire.freeze();
    await second.say('before the reload');
    await second.isSending('before the reload');
    for (const tab of [first, copy]) tab.mayLoseServer = true;
    await second.page.goto('about:blank');
    loseWhatIsUnderWay();
    await second.page.goto(tests.url);
    await second.hasSent('before the reload');
    await copy.say('from the copy');
    for (const tab of [first, second, copy]) {
      await tab.hasSent('from the copy');
      expect(await tab.texts()).to.deep.equal(['before the reload', 'from the copy']);
    }
    expect(await second.kept('tab.1')).to.equal(null);
  });
});

/** Runs in the page, before anything of it does. */
function withoutLocks(): void {
  Object.defineProperty(navigator, 'locks', { value: undefined });
}

/** What is used of the page here; the compiler knows no browser. */
declare const navigator: object;
