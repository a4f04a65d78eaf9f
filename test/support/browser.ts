import { expect } from 'chai';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from 'playwright-core';
import { pathOf } from '../../scripts/system-packages.js';

const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** How long the page may take to show what is awaited. */
const patienceMs = 10_000;

/** A real Chromium without a window, and the visitors that a test lets in. */
export class TestBrowser {
  readonly #browser: Browser;
  readonly #visitors: Visitor[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<TestBrowser> {
    const browser = await chromium.launch({
      executablePath: pathOf('chromium')!,
      // The system's own, which may run as root where tests run in a container.
      chromiumSandbox: false,
      args: flags,
    });
    return new TestBrowser(browser);
  }

  /** Somebody at a browser of their own, who has opened the page. */
  async visit(url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await this.#browser.newContext({
      locale: 'en-GB',
      timezoneId: 'Europe/Berlin',
      viewport: { width: 1200, height: 760 },
      reducedMotion: 'reduce',
      ...options,
    });
    context.setDefaultTimeout(patienceMs);
    const visitor = await Visitor.open(context, url);
    this.#visitors.push(visitor);
    return visitor;
  }

  /** Somebody who has come in under a name. */
  async enter(url: string, name: string, options: BrowserContextOptions = {}): Promise<Visitor> {
    const visitor = await this.visit(url, options);
    await visitor.comeIn(name);
    return visitor;
  }

  /** Ends all visits. Throws for what went wrong in the page of any of them. */
  async endVisits(): Promise<void> {
    const visitors = this.#visitors.splice(0);
    await Promise.all(visitors.map((visitor) => visitor.leave()));
    expect(visitors.flatMap(({ problems }) => problems)).to.deep.equal([]);
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

/** Somebody who uses the page. */
export class Visitor {
  readonly page: Page;
  /** What no visit should have: errors on the console, dialogs, what the policy forbids. */
  readonly problems: string[] = [];
  /** What is logged when a server goes away, if that is what the test does. */
  mayLoseServer = false;
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    this.#watch(page);
  }

  static async open(context: BrowserContext, url: string): Promise<Visitor> {
    const visitor = new Visitor(context, await context.newPage());
    await visitor.page.goto(url);
    return visitor;
  }

  /** The same browser once more, in another tab, that has come in. */
  async secondTab(): Promise<Visitor> {
    const visitor = await this.anotherTab();
    await visitor.isThere();
    return visitor;
  }

  /** Waits until the page has come in and has what is in the room. */
  async isThere(): Promise<void> {
    await this.page.locator('.scroller[aria-busy=false]').waitFor();
  }

  /** The same browser once more, in another tab. */
  async anotherTab(): Promise<Visitor> {
    const visitor = await Visitor.open(this.#context, this.page.url());
    visitor.page.once('close', () => this.problems.push(...visitor.problems));
    return visitor;
  }

  /** Runs a function in every page that is opened from now on, before anything else does. */
  async beginEachPage(script: () => void): Promise<void> {
    await this.#context.addInitScript(script);
  }

  /** A copy of this tab, as browsers make it: with what the tab itself keeps. */
  async copyOfTab(): Promise<Visitor> {
    const opened = this.#context.waitForEvent('page');
    await this.page.evaluate('void open(location.href)');
    const visitor = new Visitor(this.#context, await opened);
    visitor.page.once('close', () => this.problems.push(...visitor.problems));
    return visitor;
  }

  /** Ends the process that draws this tab. */
  async crashTab(): Promise<void> {
    const crashed = this.page.waitForEvent('crash');
    void this.page.goto('chrome://crash').catch(() => {});
    await crashed;
  }

  /** The field for messages. */
  get field(): Locator {
    return this.page.getByRole('textbox', { name: 'Message to' });
  }

  /** What holds the messages and is scrolled. */
  get scroller(): Locator {
    return this.page.getByRole('region', { name: 'Messages in' });
  }

  /** The line of a message, by its text. */
  message(text: string | RegExp): Locator {
    return this.page
      .locator('.message')
      .filter({ has: this.page.getByText(text, { exact: true }) });
  }

  /** A room in the list. */
  room(name: string): Locator {
    return this.page.getByRole('navigation').getByRole('button', { name });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  /** Has the browser keep a value of the page, as from an earlier visit. */
  async keep(key: string, value: object): Promise<void> {
    const entry = [`tcp-chat.${key}`, JSON.stringify(value)] as const;
    await this.page.evaluate(([name, json]) => localStorage.setItem(name, json), entry);
  }

  /** What the browser keeps of the page. */
  async kept(key: string): Promise<unknown> {
    const json = await this.page.evaluate((name) => localStorage.getItem(name), `tcp-chat.${key}`);
    return JSON.parse(json ?? 'null');
  }

  /** Answers the question for a name. */
  async comeIn(name: string): Promise<void> {
    await this.page.getByLabel('Your name').fill(name);
    await this.button('Start chatting').click();
    await this.field.waitFor();
  }

  /** Writes a message and sends it. */
  async say(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press('Enter');
  }

  /** Waits until a message is there. */
  async sees(text: string | RegExp): Promise<Locator> {
    const message = this.message(text).first();
    await message.waitFor();
    return message;
  }

  /** Waits until the server has confirmed an own message. */
  async hasSent(text: string): Promise<void> {
    await this.message(text).getByText('Sent', { exact: true }).waitFor();
  }

  /** Waits until an own message is there that is not confirmed. */
  async isSending(text: string): Promise<void> {
    await this.message(text).getByText('Sending…').waitFor();
  }

  /** The messages that are there. */
  async texts(): Promise<string[]> {
    return await this.page.locator('.message .text').allInnerTexts();
  }

  /** Waits until some text is there, of whatever. */
  async reads(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  async join(room: string): Promise<void> {
    await this.page.getByLabel('Join a room').fill(room);
    await this.page.getByLabel('Join a room').press('Enter');
    await this.page.getByRole('heading', { name: `#${room}`, exact: true }).waitFor();
  }

  /** Waits until a function of the page, given an argument, returns something true. */
  async until<Argument>(fits: (argument: Argument) => unknown, argument: Argument): Promise<void> {
    await this.page.waitForFunction(fits as never, argument as never);
  }

  /** Connects again at once, unless that happens by itself before. */
  async reconnect(): Promise<void> {
    await this.page.waitForFunction(() => {
      const bar = document.querySelector('.connection-bar');
      bar.querySelector('button')?.click();
      return bar.dataset['open'] === 'true';
    });
  }

  /** Looks elsewhere, and back; the page cannot see by itself what a headless window shows. */
  async look(isHere: boolean): Promise<void> {
    await this.page.evaluate((here) => {
      const value = here ? 'visible' : 'hidden';
      Object.defineProperty(document, 'visibilityState', { configurable: true, value });
      (document as unknown as EventTarget).dispatchEvent(new Event('visibilitychange'));
    }, isHere);
  }

  /** Goes to another window beside this one, and back. */
  async focus(isHere: boolean): Promise<void> {
    await this.page.evaluate((here) => {
      const value = (): boolean => here;
      Object.defineProperty(document, 'hasFocus', { configurable: true, value });
      (globalThis as unknown as EventTarget).dispatchEvent(new Event(here ? 'focus' : 'blur'));
    }, isHere);
  }

  async leave(): Promise<void> {
    await this.#context.close();
  }

  #watch(page: Page): void {
    page.on('pageerror', (error) =>
      this.problems.push(`uncaught: ${error.stack ?? error.message}`),
    );
    page.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return;
      const isLoss = /WebSocket connection to .* failed|ERR_CONNECTION_REFUSED/.test(
        message.text(),
      );
      if (!(isLoss && this.mayLoseServer)) this.problems.push(`console: ${message.text()}`);
    });
    page.on('dialog', (dialog) => {
      this.problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }
}

/** What is used of a page here; the compiler knows no browser. */
declare const localStorage: {
  getItem(key: string): string | null;
  setItem(key: string, text: string): void;
};
declare const document: {
  querySelector(selector: string): {
    readonly dataset: Readonly<Record<string, string>>;
    querySelector(selector: string): { click(): void } | null;
  };
};
