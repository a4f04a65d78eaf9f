import { once } from 'node:events';
import { expect } from 'chai';
import type { ServerOptions } from '../../src/index.js';
import { MessageType } from '../../src/protocol/messages.js';
import { RawClient, type ClientOptions } from './raw-client.js';
import { TestServer } from './server.js';
import { WebSocketClient } from './websocket-client.js';
import { webSocketBinary, webSocketJson } from './websocket-dialect.js';

/** How a session over WebSocket writes its messages. */
export type Encoding = 'binary' | 'json';

/** A connection to this port of HTTP, in an encoding that was agreed. */
export async function overWebSocket(
  port: number,
  encoding: Encoding,
  options: ClientOptions = {},
): Promise<RawClient> {
  const dialect = encoding === 'binary' ? webSocketBinary : webSocketJson;
  return await RawClient.connect(port, { ...options, dialect });
}

/** Somebody in the lobby, over whatever transport and in whatever encoding. */
export interface Participant {
  readonly kind: string;
  /** The name that others see; none that they are shown for one who gave none. */
  readonly name: string | undefined;
  say(text: string): void;
  /** The next thing that arrives is this broadcast. */
  hears(text: string, sender: string | undefined, seq: number): Promise<void>;
  /** Settles when the server has answered; nothing else arrives before that. */
  roundTrip(): Promise<void>;
}

/** A full or bare session whose messages are frames, or are made into frames here. */
function ofFrames(kind: string, client: RawClient): Participant {
  return {
    kind,
    name: client.welcome?.name,
    say: (text) => client.broadcast(text),
    hears: async (text, sender, seq) => {
      const message = await client.next();
      const type = MessageType.BROADCAST;
      if (client.welcome === undefined) {
        expect(message, kind).to.include({ content: `(broadcast)${text}`, type, seq: 0 });
      } else {
        expect(message, kind).to.include({ content: text, type, seq, room: 'lobby' });
        if (sender === undefined) expect(message.sender).to.match(/^guest-/);
        else expect(message.sender).to.equal(sender);
      }
    },
    roundTrip: async () => client.roundTrip(),
  };
}

/** A connection of plain lines. */
function ofLines(kind: string, client: WebSocketClient, name?: string): Participant {
  return {
    kind,
    name,
    say: (text) => client.sendText(text),
    hears: async (text, sender) => {
      await client.expectText(sender === undefined ? text : `[${sender}] ${text}`);
    },
    roundTrip: async () => {
      const answered = once(client.socket, 'pong');
      client.socket.ping();
      await answered;
      expect(client.pending, `what ${kind} got unasked`).to.equal(0);
    },
  };
}

/**
 * One of each kind who chat in a lobby where nobody else says anything, unless a test says
 * so: what they get is compared to the last message.
 */
export class Company {
  readonly all: readonly Participant[];
  /** What was said before everybody was there. */
  #seq = 1;

  private constructor(all: readonly Participant[]) {
    this.all = all;
  }

  static async join(server: TestServer): Promise<Company> {
    const port = server.chat.httpPort!;
    // A WebSocket has to say something soon; lines cannot without being heard by who is there.
    const lines = ofLines('one of lines', await WebSocketClient.open(port));
    lines.say('is anybody here?');
    await lines.hears('is anybody here?', undefined, 1);
    const binaryBare = await overWebSocket(port, 'binary');
    await binaryBare.roundTrip();
    const jsonBare = await overWebSocket(port, 'json');
    await jsonBare.roundTrip();
    const jsonFull = await overWebSocket(port, 'json');
    await jsonFull.enter('json');
    const binaryFull = await overWebSocket(port, 'binary');
    await binaryFull.enter('binary');
    const company = new Company([
      ofFrames('a full session over TCP', await server.full('tcp')),
      ofFrames('a bare one over TCP', await server.bare()),
      ofFrames('a full one in binary messages', binaryFull),
      ofFrames('a bare one in binary messages', binaryBare),
      ofFrames('a full one in JSON', jsonFull),
      ofFrames('a bare one in JSON', jsonBare),
      lines,
      ofLines('one of lines with a name', await named(port, 'lines'), 'lines'),
    ]);
    await company.chat();
    return company;
  }

  /** Everybody says something, and everybody hears everybody. */
  async chat(): Promise<void> {
    for (const speaker of this.all) {
      const text = `how are you? asks ${speaker.kind}`;
      speaker.say(text);
      await this.hear(text, speaker.name);
    }
    await this.roundTrip();
  }

  /** The next thing that everybody gets is this broadcast. */
  async hear(text: string, sender?: string): Promise<void> {
    this.#seq += 1;
    for (const one of this.all) await one.hears(text, sender, this.#seq);
  }

  /** All get answers, so the server has had a turn and has read what arrived before. */
  async roundTrip(): Promise<void> {
    await Promise.all(this.all.map(async (one) => one.roundTrip()));
  }
}

async function named(port: number, name: string): Promise<WebSocketClient> {
  return WebSocketClient.open(port, { path: `/ws?username=${name}` });
}

/** A server over which people of all kinds chat. */
export interface WebSocketScene {
  readonly server: TestServer;
  /** The port of HTTP. */
  readonly port: number;
  readonly company: Company;
}

/** The body of a test in whose course people of all kinds chat, before and after, undisturbed. */
export function whileAllChat(
  body: (scene: WebSocketScene) => Promise<void>,
  options?: ServerOptions,
): () => Promise<void> {
  return async () => {
    await using server = await TestServer.start(options);
    const company = await Company.join(server);
    await body({ server, port: server.chat.httpPort!, company });
    await company.chat();
  };
}
