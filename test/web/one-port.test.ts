import { expect } from 'chai';
import { spawn } from 'node:child_process';
import {
  beastPackages,
  browserPackages,
  deployPackages,
  tlsPackages,
} from '../../scripts/system-packages.js';
import { connect, type ChatClient } from '../../src/index.js';
import { TestBrowser } from '../support/browser.js';
import { bytes, field, frame } from '../support/bytes.js';
import { Authority } from '../support/certificates.js';
import { nextMessages } from '../support/chat-clients.js';
import { compiled } from '../support/compiled.js';
import { need } from '../support/needs.js';
import { TestServer } from '../support/server.js';
import { ShippedProxy } from '../support/shipped.js';
import { Talker } from '../support/talker.js';

/** What is said in the room, in this order; the last thing by a client with two fields. */
const said = ['a page', 'Beast', 'a full client', 'TLS', 'HAProxy', 'nginx', 'two fields'];

describe('one port for all', function () {
  this.timeout(180_000);
  let authority: Authority;
  let browser: TestBrowser;
  let beast: string;

  before(async function () {
    need(this, [...beastPackages, ...browserPackages, ...deployPackages, ...tlsPackages]);
    authority = new Authority();
    beast = await compiled('interop/beast.cpp', '-lpthread');
    browser = await TestBrowser.launch();
  });

  after(async () => {
    authority?.[Symbol.dispose]();
    await (browser as TestBrowser | undefined)?.close();
  });

  it('brings together in one room whoever comes, however', async () => {
    const certificate = authority.certify();
    await using server = await TestServer.start({ ...certificate, trustProxy: '127.0.0.1' });
    const given = { serverPort: server.port, certificate };
    await using haproxy = await ShippedProxy.start('haproxy', given);
    await using nginx = await ShippedProxy.start('nginx', given);
    const { certificate: ca } = authority;

    using twoFields = await Talker.connect(server.port);
    twoFields.say(frame(bytes(field(1, 'here'))));
    await twoFields.hears(/\(echo\)here/);
    const page = await browser.enter(`http://127.0.0.1:${server.port}/`, 'page');
    await using beastClient = new BeastClient(beast, server.port, said.at(-1)!);
    await beastClient.prints(/^connected$/m);
    await using full = await connect(`tcp://127.0.0.1:${server.port}`, { name: 'full' });
    await using secure = await connect(`tls://localhost:${server.port}`, { name: 'secure', ca });
    await using proxied = await connect(`tls://localhost:${haproxy.port}`, { name: 'ha', ca });
    await using web = await connect(`https://localhost:${nginx.port}`, { name: 'nginx', ca });
    const clients: readonly ChatClient[] = [full, secure, proxied, web];
    const heard = clients.map(async (client) => await nextMessages(client, said.length));

    await page.say(said[0]!);
    await page.hasSent(said[0]!);
    beastClient.say(said[1]!);
    await twoFields.hears(new RegExp(`\\(broadcast\\)${said[1]}`));
    for (const [index, client] of clients.entries()) await client.send(said[index + 2]!);
    twoFields.say(frame(bytes(field(1, said.at(-1)!), Uint8Array.of(0x10, 0x01))));

    for (const messages of await Promise.all(heard)) {
      expect(messages.map(({ content }) => content)).to.deep.equal(said);
    }
    const all = await twoFields.hears(/two fields/);
    expect(all.match(/(?<=\(broadcast\))[A-Za-z ]+/g)).to.deep.equal(said);
    await page.sees(said.at(-1)!);
    expect(await page.texts()).to.deep.equal(said);
    const lines = (await beastClient.ended()).trim().split('\n').slice(1);
    expect(lines.map((line) => line.replace(/^\[.*?\] /, ''))).to.deep.equal(said);
    await browser.endVisits();
  });
});

/** A WebSocket client in C++, test/interop/beast.cpp, that ends when it has heard something. */
class BeastClient implements AsyncDisposable {
  readonly #child;
  readonly #closed: Promise<void>;
  #output = '';
  #changed = (): void => {};

  constructor(program: string, port: number, until: string) {
    this.#child = spawn(program, ['127.0.0.1', String(port), until], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
      this.#changed();
    });
    this.#closed = new Promise((resolve) => this.#child.once('close', () => resolve()));
  }

  say(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  async prints(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#output)) {
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
  }

  /** All that it has printed. */
  async ended(): Promise<string> {
    await this.#closed;
    return this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}
