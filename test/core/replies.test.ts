import { expect } from 'chai';
import { renderings } from '../../src/core/rendering.js';
import { Replies } from '../../src/core/replies.js';
import { ReplyBuffer } from '../../src/core/reply-buffer.js';
import { decodeMessage } from '../../src/protocol/codec.js';
import { MessageWriters, type Encoding } from '../../src/protocol/encodings.js';
import { ChatError } from '../../src/protocol/errors.js';
import { FrameDecoder } from '../../src/protocol/framing.js';
import { ErrorCode, type ChatMessage } from '../../src/protocol/messages.js';

/** One buffer for all, as in a node. */
function newBuffer(): ReplyBuffer {
  return new ReplyBuffer(new MessageWriters((bytes) => new Uint8Array(bytes)));
}

/** Somebody who is answered. */
class Scene {
  encoding: Encoding = 'stream';
  takesMessages = true;
  /** Each write as the messages in it. */
  readonly writes: ChatMessage[][] = [];
  readonly errorsClosedWith: ErrorCode[] = [];
  readonly refusals: ErrorCode[] = [];
  readonly replies: Replies;

  constructor(replyBuffer: ReplyBuffer) {
    const observer = { refused: (code: ErrorCode) => void this.refusals.push(code) };
    this.replies = new Replies(this, { replyBuffer, observer });
  }

  get rendering() {
    return renderings[this.encoding].full;
  }

  answer(bytes: Uint8Array): void {
    const messages: ChatMessage[] = [];
    const frame = (from: Uint8Array, start: number, end: number): boolean => {
      messages.push(decodeMessage(from, start, end));
      return true;
    };
    new FrameDecoder(1e6).push(bytes, { frame });
    this.writes.push(messages);
  }

  closeWithError({ code }: ChatError): void {
    this.errorsClosedWith.push(code);
  }

  texts(): string[][] {
    return this.writes.map((messages) => messages.map(({ content }) => content));
  }
}

const ack = { id: 'a', room: 'dev', seq: 7, sentAtMs: 0, duplicate: false };

describe('Replies', () => {
  let buffer: ReplyBuffer;
  let scene: Scene;

  beforeEach(() => {
    buffer = newBuffer();
    scene = new Scene(buffer);
  });

  it('are sent with one write, and with none where there are none', () => {
    scene.replies.open();
    scene.replies.close();
    expect(scene.writes).to.be.empty;
    scene.replies.open();
    for (const content of ['1', '2', '3']) scene.replies.add({ content });
    scene.replies.close();
    expect(scene.texts()).to.deep.equal([['1', '2', '3']]);
    expect(buffer.isFree).to.equal(true);
  });

  it('can be sent in several writes, in their order', () => {
    scene.replies.open();
    scene.replies.add({ content: '1' });
    scene.replies.flush();
    scene.replies.add({ content: '2' });
    scene.replies.close();
    expect(scene.texts()).to.deep.equal([['1'], ['2']]);
  });

  it('cannot be added before they are open, nor after they are closed', () => {
    const error = new ChatError(ErrorCode.ERROR_CODE_EMPTY_CONTENT);
    expect(() => scene.replies.add({})).to.throw('replies are not open');
    expect(() => scene.replies.refuse(error, '')).to.throw('replies are not open');
    scene.replies.open();
    scene.replies.close();
    expect(() => scene.replies.writer).to.throw('replies are not open');
    expect(() => scene.replies.close()).to.throw('replies are not open');
  });

  it('cannot be opened while somebody else is answered, nor twice', () => {
    const other = new Scene(buffer);
    scene.replies.open();
    expect(() => other.replies.open()).to.throw('somebody else is being answered');
    expect(() => scene.replies.open()).to.throw('somebody else is being answered');
    scene.replies.close();
    other.replies.open();
    other.replies.add({ content: 'to the other' });
    other.replies.close();
    expect([scene.texts(), other.texts()]).to.deep.equal([[], [['to the other']]]);
  });

  it('are refused with the error, or end the session where the code says so', () => {
    scene.replies.open();
    scene.replies.refuse(new ChatError(ErrorCode.ERROR_CODE_EMPTY_CONTENT), 'a');
    scene.replies.refuse(new ChatError(ErrorCode.ERROR_CODE_UNDECODABLE), 'b');
    scene.replies.close();
    const [[{ control }]] = scene.writes as [[ChatMessage]];
    expect(control).to.have.nested.property('error.code', ErrorCode.ERROR_CODE_EMPTY_CONTENT);
    expect(control).to.have.nested.property('error.id', 'a');
    expect(scene.writes[0]).to.have.length(1);
    expect(scene.errorsClosedWith).to.deep.equal([ErrorCode.ERROR_CODE_UNDECODABLE]);
    // Whoever closes with an error counts it.
    expect(scene.refusals).to.deep.equal([ErrorCode.ERROR_CODE_EMPTY_CONTENT]);
  });

  it('let what is no refusal pass, as it is a mistake of the server', () => {
    scene.replies.open();
    expect(() => scene.replies.refuse(new TypeError('a mistake'), '')).to.throw('a mistake');
  });

  it('tell of what was stored and of what was not, each with one write', () => {
    scene.replies.acked([ack, { ...ack, id: 'b', seq: 8 }]);
    scene.replies.refused(new ChatError(ErrorCode.ERROR_CODE_STORE_UNAVAILABLE), ['c', 'd']);
    const kinds = scene.writes.map((messages) => messages.map(({ control }) => control?.$case));
    expect(kinds).to.deep.equal([
      ['ack', 'ack'],
      ['error', 'error'],
    ]);
    expect(buffer.isFree).to.equal(true);
  });

  it('are none to somebody who takes no messages any more', () => {
    scene.takesMessages = false;
    scene.replies.acked([ack]);
    scene.replies.refused(new ChatError(ErrorCode.ERROR_CODE_STORE_UNAVAILABLE), ['c']);
    expect(scene.writes).to.be.empty;
    expect(buffer.isFree).to.equal(true);
  });
});

describe('ReplyBuffer', () => {
  it('is not given back by somebody else, nor with replies in it', () => {
    const buffer = newBuffer();
    const [borrower, other] = [{}, {}];
    const writer = buffer.lend(borrower, 'stream');
    expect(() => buffer.giveBack(other)).to.throw('lent to somebody else');
    writer.ack(ack);
    expect(() => buffer.giveBack(borrower)).to.throw('left behind');
    writer.take();
    buffer.giveBack(borrower);
    expect(buffer.lend(other, 'stream').isEmpty).to.equal(true);
  });
});
