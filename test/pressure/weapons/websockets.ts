import { decodeMessage } from '../../../src/protocol/codec.js';
import { FrameDecoder } from '../../../src/protocol/framing.js';
import { opcodes, webSocketFrame, type ReceivedFrame } from '../../support/websocket-frames.js';
import { many, type Target } from '../support/light-session.js';
import { LightWebSocket } from '../support/light-websocket.js';
import type { Weapon } from '../support/weapon.js';

/** WebSockets that each write many tiny messages at once, or most of a long one. */
export interface WebSocketsSpec {
  readonly kind: 'websockets';
  /**
   * `binary`: ECHO "" in each message. `line`: a text, which is broadcast to the lobby. `ping`: of
   * WebSocket itself. `json`: an echo. `fragment`: a part of a JSON message without an end.
   * `echo`: a text on /echo.
   */
  readonly say: Saying;
  readonly connections: number;
  readonly perConnection: number;
  readonly isReading: boolean;
  /** Bytes of each fragment. */
  readonly fragmentBytes?: number;
}

type Saying = 'binary' | 'line' | 'ping' | 'json' | 'fragment' | 'echo';

const json = '{"content":"x"}';

const frames: Readonly<Record<Exclude<Saying, 'fragment'>, Uint8Array>> = {
  binary: webSocketFrame({ opcode: opcodes.binary, payload: [0] }),
  line: webSocketFrame({ opcode: opcodes.text, payload: 'x' }),
  ping: webSocketFrame({ opcode: opcodes.ping }),
  json: webSocketFrame({ opcode: opcodes.text, payload: json }),
  echo: webSocketFrame({ opcode: opcodes.text, payload: 'x' }),
};

const lastFragment = webSocketFrame({ opcode: opcodes.continuation, payload: '}' });

/** More answers come only in the course of time, as the server reads 200 messages a second. */
const soonMax = 1000;

export async function armWebSockets(target: Target, spec: WebSocketsSpec): Promise<Weapon> {
  const { say, connections, perConnection, isReading } = spec;
  const path = say === 'echo' ? '/echo' : '/ws';
  const isJson = say === 'json' || say === 'fragment';
  const talkers = await many(connections, async () => {
    const protocol = isJson ? 'tcpchat.v1.json' : undefined;
    return new Talker(await LightWebSocket.open(target, path, protocol), say);
  });
  if (!isReading) for (const { webSocket } of talkers) webSocket.socket.pause();
  const chunk = say === 'fragment' ? fragments(spec) : repeated(frames[say], perConnection);
  let said = 0;
  return {
    strike: () => {
      for (const { webSocket } of talkers) webSocket.socket.write(chunk);
      said += perConnection;
    },
    settle: async () => {
      if (say === 'fragment')
        for (const { webSocket } of talkers) webSocket.socket.write(lastFragment);
      const soon = Math.min(said, soonMax);
      const owed = { binary: soon, json: soon, echo: soon, line: said * connections };
      const least = say === 'ping' || say === 'fragment' ? 1 : owed[say];
      await Promise.all(
        talkers.map(async (talker) => {
          talker.webSocket.socket.resume();
          await talker.until(least);
        }),
      );
    },
    mayEnd: () => talkers.forEach(({ webSocket }) => webSocket.mayEnd()),
    leave: () => talkers.forEach(({ webSocket }) => webSocket[Symbol.dispose]()),
  };
}

function repeated(bytes: Uint8Array, count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => bytes));
}

/** The beginning of a message that is valid JSON, should it ever end: text and much space. */
function fragments({ perConnection, fragmentBytes = 1000 }: WebSocketsSpec): Buffer {
  const space = ' '.repeat(fragmentBytes);
  const first = webSocketFrame({
    opcode: opcodes.text,
    payload: json.slice(0, -1).padEnd(fragmentBytes),
    fin: false,
  });
  const next = webSocketFrame({ opcode: opcodes.continuation, payload: space, fin: false });
  return Buffer.concat([first, repeated(next, perConnection - 1)]);
}

/** One of them, which counts what it gets. */
class Talker {
  readonly webSocket: LightWebSocket;
  readonly #say: Saying;
  readonly #decoder = new FrameDecoder(65_536);
  #answers = 0;
  #problem: Error | undefined;
  #wake = (): void => {};

  constructor(webSocket: LightWebSocket, say: Saying) {
    this.webSocket = webSocket;
    this.#say = say;
    webSocket.onFrame = (frame) => this.#take(frame);
  }

  /** Settles when so many answers have come. */
  async until(answers: number): Promise<void> {
    while (this.#answers < answers && this.#problem === undefined) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#problem !== undefined) throw this.#problem;
  }

  #take({ opcode, payload }: ReceivedFrame): void {
    if (opcode === opcodes.pong) {
      this.#answers += 1;
    } else if (opcode === opcodes.binary) {
      this.#decoder.push(payload, {
        frame: (bytes, start, end) => {
          this.#text(decodeMessage(bytes, start, end).content, '(echo)');
          return true;
        },
      });
    } else if (this.#say === 'json' || this.#say === 'fragment') {
      this.#text((JSON.parse(payload.toString()) as { content: string }).content, '(echo)x');
    } else {
      // What is heard before the first message is text, whatever that will be.
      this.#text(payload.toString(), 'x');
    }
    this.#wake();
  }

  #text(content: string, expected: string): void {
    if (content === expected) this.#answers += 1;
    // In the lobby the witness can be heard.
    else if (!content.includes('witness ')) this.#problem ??= new Error(`"${content}" came`);
  }
}
