// npm run docs -- --screenshots: the pictures of the page in README, taken of a real server
// and a real conversation. Only the times of day are made up, so that the pictures are the
// same each time.
import { join } from 'node:path';
import { connect, createServer, type ChatClient } from '../src/index.js';
import { TestBrowser, type Visitor } from '../test/support/browser.js';
import { Wire } from '../test/support/wire.js';
import { root } from './run.js';

const folder = join(root, 'scripts', 'screenshots');

/** What is said, by whom and when, in the room that is shown. */
const story: ReadonlyArray<readonly [sender: string, time: string, text: string]> = [
  ['mara', '09:41', 'Morning! The new release is on staging: https://staging.example/status'],
  ['mara', '09:42', 'Could somebody look at the import before lunch?'],
  ['kofi', '09:47', 'I can. Is the old data set still there?'],
  ['mara', '09:48', 'Yes, under “imports / 2025”. It takes about ten minutes.'],
  [
    'lin',
    '10:03',
    'The slow query is gone, by the way:\n' +
      '  before  1.9 s\n' +
      '  after   0.04 s\n' +
      'It was the missing index, as ada said.',
  ],
  ['ada', '10:05', 'Nice! I will write it into the notes, with the plan from before.'],
  ['kofi', '10:18', 'Import is through, 0 errors. @ada you may switch it on.'],
];

const last = { time: '10:19', text: 'Done. Thank you all!' };

/** What is said meanwhile in the rooms that are not shown. */
const elsewhere: ReadonlyArray<readonly [room: string, text: string]> = [
  ['design', 'New icons are up'],
  ['design', 'ada, do you like the second one?'],
  ['design', 'No hurry'],
  ['releases', '2.4.1 is out'],
];

const others = ['mara', 'kofi', 'lin', 'ines'];
const rooms = ['lobby', 'design', 'releases'];

const pictures = {
  light: { colorScheme: 'light', viewport: { width: 1040, height: 740 }, scale: 1 },
  dark: { colorScheme: 'dark', viewport: { width: 1040, height: 740 }, scale: 1 },
  narrow: { colorScheme: 'light', viewport: { width: 360, height: 740 }, scale: 1.5 },
} as const;

/** Takes all pictures. */
export async function takeScreenshots(): Promise<void> {
  const browser = await TestBrowser.launch();
  try {
    for (const name of Object.keys(pictures) as Array<keyof typeof pictures>) {
      await take(browser, name);
    }
  } finally {
    await browser.close();
  }
}

async function take(browser: TestBrowser, name: keyof typeof pictures): Promise<void> {
  await using server = await createServer({ port: 0, httpPort: 0, store: 'memory' });
  await using wire = await Wire.to(server.httpPort!);
  const url = `http://127.0.0.1:${wire.port}/`;
  const { scale: deviceScaleFactor, ...looks } = pictures[name];
  const ada = await browser.visit(url, { ...looks, deviceScaleFactor });
  await ada.keep('rooms', { rooms: rooms.map((room) => ({ room })), current: 'lobby' });
  await ada.comeIn('ada');
  const clients = await Promise.all(
    others.map(async (other) => await connect(server.urls[0]!, { name: other, rooms })),
  );
  await talk(ada, clients);
  wire.freeze();
  await ada.say(last.text);
  await ada.message(last.text).getByText('Sending…').waitFor();
  await ada.page.mouse.move(0, 0);
  await ada.page.evaluate(setTimes, [...story.map(([, time]) => time), last.time]);
  await ada.page.screenshot({ path: join(folder, `${name}.png`) });
  await Promise.all([...clients.map((client) => client.close()), ada.leave()]);
}

/** Has everybody say what the story says. */
async function talk(ada: Visitor, clients: readonly ChatClient[]): Promise<void> {
  for (const [sender, , text] of story) {
    const client = clients.find(({ name }) => name === sender);
    if (client === undefined) await ada.say(text);
    else await client.send(text);
    await ada.page
      .locator('.message .text')
      .nth(story.findIndex((one) => one[2] === text))
      .waitFor();
  }
  for (const [room, text] of elsewhere) await clients[0]!.send(text, { room });
  await ada.page.locator('.badge').nth(1).waitFor({ state: 'attached' });
}

/** Runs in the page: shows other times of day, from the first message to the last. */
function setTimes(times: readonly string[]): void {
  const shown = Array.from(document.querySelectorAll('.message time'));
  for (const [index, time] of shown.entries()) time.textContent = times[index] ?? '';
}

/** What is used of a page here; the compiler knows no browser. */
declare const document: {
  querySelectorAll(selector: string): ArrayLike<{ textContent: string }>;
};
