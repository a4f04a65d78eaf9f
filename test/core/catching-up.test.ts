import { expect } from 'chai';
import { setImmediate } from 'node:timers/promises';
import { setImmediate as endOfTurn } from 'node:timers';
import type { Node } from '../../src/core/node.js';
import type { Connection } from '../../src/core/ports.js';
import type { Session } from '../../src/core/session.js';
import { chatMessage, decodeMessage, encodeFrame } from '../../src/protocol/codec.js';
import { FrameDecoder } from '../../src/protocol/framing.js';
import { MessageType, type ChatMessage, type Control } from '../../src/protocol/messages.js';
import { ManualTime } from '../support/manual-time.js';
import { openNode } from '../support/node.js';
import { helloOf } from '../support/hello.js';

/** A peer in this process that takes as much as the test says. */
class Peer implements Connection {
  readonly transport = 'test';
  readonly encoding = 'stream';
  readonly mustSpeak = false;
  readonly address = '127.0.0.1';
  readonly port = 1;
  readonly got: string[] = [];
  bytesWaiting = 0;
  /** Whether there is room behind a message; what is written is taken in either case. */
  hasRoom = (_message: ChatMessage): boolean => true;
  readonly session: Session;

  constructor(node: Node) {
    this.session = node.accept(this)!;
  }

  write(bytes: Uint8Array): boolean {
    let hasRoom = true;
    new FrameDecoder(1e6).push(bytes, {
      frame: (from, start, end) => {
        const message = decodeMessage(from, start, end);
        this.got.push(message.control?.$case ?? message.content);
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

  control(control: Control): void {
    this.session.intake.push(encodeFrame(chatMessage({ control })));
  }

  async say(content: string): Promise<void> {
    this.session.intake.push(encodeFrame(chatMessage({ content, type: MessageType.BROADCAST })));
    for (let turn = 0; turn < 10; turn += 1) await setImmediate();
  }

  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {}
}

describe('a reader that watches who is there', () => {
  it('goes on in the room also when telling it that is what fills it as it catches up', async () => {
    const time = new ManualTime();
    const clock = {
      wallMs: () => 0,
      monotonicMs: () => time.monotonicMs(),
      after: time.after.bind(time),
      endOfTurn: (callback: () => void): void => void endOfTurn(callback),
    };
    const node = await openNode({ clock });
    const [watcher, other] = [new Peer(node), new Peer(node)];
    const hello = helloOf({ name: 'watcher' });
    watcher.control({ $case: 'hello', hello });
    for (let turn = 0; turn < 10; turn += 1) await setImmediate();
    watcher.control({ $case: 'join', join: { room: '', start: undefined, presence: true } });
    time.advance(1000);

    watcher.hasRoom = () => false;
    await other.say('1');
    new Peer(node); // somebody comes, which it is told when it has caught up
    time.advance(1000);
    await other.say('2');
    watcher.got.length = 0;
    watcher.hasRoom = ({ control }) => control?.$case !== 'presence';
    watcher.drain();
    expect(watcher.got).to.deep.equal(['2', 'presence']);

    watcher.hasRoom = () => true;
    watcher.drain();
    await other.say('3');
    expect(watcher.got).to.deep.equal(['2', 'presence', '3']);
  });
});
