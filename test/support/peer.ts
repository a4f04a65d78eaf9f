import type { Node } from '../../src/core/node.js';
import type { Connection } from '../../src/core/ports.js';
import type { Session } from '../../src/core/session.js';
import { chatMessage, decodeMessage, encodeFrame } from '../../src/protocol/codec.js';
import { FrameDecoder } from '../../src/protocol/framing.js';
import { helloOf } from './hello.js';
import { MessageType, type ChatMessage, type Control } from '../../src/protocol/messages.js';

/** A peer in this process, without a network: what it is sent is there at once. */
export class Peer implements Connection {
  readonly transport = 'test';
  readonly encoding = 'stream';
  readonly address = '127.0.0.1';
  readonly port = 1;
  isConfidential = true;
  readonly isOperator: boolean;
  readonly mustSpeak: boolean;
  /** What it got, in its order. */
  received: ChatMessage[] = [];
  /** How many writes brought it. */
  writes = 0;
  bytesWaiting = 0;
  /** What has happened to the connection: `end` and its code, or `destroy`. */
  readonly ends: string[] = [];
  /** Whether there is room after a message; what is written is taken in either case. */
  hasRoom = (_message: ChatMessage): boolean => true;
  readonly session: Session;
  readonly #decoder = new FrameDecoder(1 << 20);

  constructor(node: Node, mustSpeak = false, isOperator = false) {
    this.isOperator = isOperator;
    this.mustSpeak = mustSpeak;
    this.session = node.accept(this)!;
  }

  write(bytes: Uint8Array): boolean {
    let hasRoom = true;
    this.writes += 1;
    this.#decoder.push(bytes, {
      frame: (frame, start, end) => {
        const message = decodeMessage(frame, start, end);
        this.received.push(message);
        hasRoom &&= this.hasRoom(message);
        return true;
      },
    });
    this.bytesWaiting = hasRoom ? 0 : 1e9;
    return hasRoom;
  }

  /** All that waited is taken. */
  drain(): void {
    this.bytesWaiting = 0;
    this.session.drained();
  }

  /** What it got, in short: the kind of each control message, the content of all others. */
  get got(): string[] {
    return this.received.map(({ control, content }) => control?.$case ?? content);
  }

  /** Sends frames, all of them in one chunk. */
  send(...messages: Array<Partial<ChatMessage>>): void {
    this.session.intake.push(
      Buffer.concat(messages.map((message) => encodeFrame(chatMessage(message)))),
    );
  }

  control(control: Control, id = ''): void {
    this.send({ control, id });
  }

  hello(name = ''): void {
    this.control({ $case: 'hello', hello: helloOf({ name }) });
  }

  say(content: string, id = '', room = ''): void {
    this.send({ content, id, room, type: MessageType.BROADCAST });
  }

  pause(): void {}
  resume(): void {}

  end(code?: number): void {
    this.ends.push(`end ${code ?? ''}`.trim());
  }

  destroy(): void {
    this.ends.push('destroy');
  }
}

/** Settles when what was under way in this process, with a store in memory, has been done. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((done) => setImmediate(done));
}
