import { expect } from 'chai';
import { helloOf } from '../support/hello.js';
import { commandTable } from '../../src/core/commands.js';
import type { Node } from '../../src/core/node.js';
import { memberRights, rights } from '../../src/core/rights.js';
import { phases } from '../../src/core/phase.js';
import {
  ErrorCode,
  MessageType,
  type ChatMessage,
  type Control,
  type ControlKind,
} from '../../src/protocol/messages.js';
import { openNode } from '../support/node.js';
import { Peer, settled } from '../support/peer.js';

const {
  ERROR_CODE_BAD_ROOM_NAME,
  ERROR_CODE_EMPTY_CONTENT,
  ERROR_CODE_HELLO_FIRST,
  ERROR_CODE_HELLO_TOO_LATE,
  ERROR_CODE_NOT_ALLOWED,
  ERROR_CODE_NOT_A_REQUEST,
  ERROR_CODE_NO_SUCH_MESSAGE,
  ERROR_CODE_NOT_IN_ROOM,
  ERROR_CODE_UNKNOWN_TYPE,
} = ErrorCode;

type PhaseName = keyof typeof phases;

const hello = helloOf();
const join = { room: '', start: undefined, presence: false };

/** A frame of each kind that a client sends, and in which phases it may come. */
const frames: ReadonlyArray<readonly [Partial<ChatMessage>, readonly PhaseName[], ErrorCode]> = [
  [{ content: 'x', type: MessageType.ECHO }, ['new', 'bare', 'full'], ERROR_CODE_HELLO_FIRST],
  [{ content: 'x', type: MessageType.BROADCAST }, ['new', 'bare', 'full'], ERROR_CODE_HELLO_FIRST],
  [control({ $case: 'hello', hello }), ['new', 'greeting'], ERROR_CODE_HELLO_TOO_LATE],
  [control({ $case: 'join', join }), ['full'], ERROR_CODE_HELLO_FIRST],
  [control({ $case: 'leave', leave: { room: '' } }), ['full'], ERROR_CODE_HELLO_FIRST],
  [
    control({ $case: 'fetch', fetch: { room: '', edge: undefined, limit: 1 } }),
    ['full'],
    ERROR_CODE_HELLO_FIRST,
  ],
  [control({ $case: 'members', members: { room: '' } }), ['full'], ERROR_CODE_HELLO_FIRST],
  [
    control({ $case: 'edit', edit: { room: '', seq: 1, content: 'x' } }),
    ['full'],
    ERROR_CODE_HELLO_FIRST,
  ],
  [control({ $case: 'remove', remove: { room: '', seq: 1 } }), ['full'], ERROR_CODE_HELLO_FIRST],
  [
    control({ $case: 'setTopic', setTopic: { room: '', topic: 'x' } }),
    ['full'],
    ERROR_CODE_HELLO_FIRST,
  ],
  [
    control({ $case: 'listRooms', listRooms: { prefix: '', after: '', limit: 0 } }),
    ['full'],
    ERROR_CODE_HELLO_FIRST,
  ],
  [control({ $case: 'rename', rename: { name: 'bob' } }), ['full'], ERROR_CODE_HELLO_FIRST],
  [control({ $case: 'ping', ping: { nonce: 7 } }), ['full'], ERROR_CODE_HELLO_FIRST],
  [control({ $case: 'pong', pong: { nonce: 7 } }), ['full'], ERROR_CODE_HELLO_FIRST],
];

function control(message: Control): Partial<ChatMessage> {
  return { control: message };
}

/** A peer in a phase. */
async function peerIn(node: Node, phase: PhaseName): Promise<Peer> {
  const peer = new Peer(node);
  if (phase === 'bare') peer.send({ content: 'first' });
  if (phase === 'greeting') peer.hello('no name\n');
  if (phase === 'full') peer.hello();
  await settled();
  expect(peer.session.phase, phase).to.equal(phases[phase]);
  peer.received = [];
  return peer;
}

/** The errors that it got, by their numbers; a bare session's by their sentences. */
function errors(peer: Peer): Array<ErrorCode | string> {
  return peer.received.flatMap(({ content, control: answer }): Array<ErrorCode | string> => {
    if (answer?.$case === 'error') return [answer.error.code];
    return content.startsWith('(error)') ? [content] : [];
  });
}

function kindOf({ control: message, type }: Partial<ChatMessage>): string {
  return message?.$case ?? (type === MessageType.ECHO ? 'echo' : 'broadcast');
}

describe('the table of commands', () => {
  let node: Node;

  beforeEach(async () => {
    node = await openNode({ connectionsMax: 100 });
  });

  afterEach(() => {
    node.checkInvariants(0);
  });

  for (const [frame, allowed, code] of frames) {
    for (const phase of Object.keys(phases) as PhaseName[]) {
      const isAllowed = allowed.includes(phase);
      it(`${isAllowed ? 'takes' : 'refuses'} ${kindOf(frame)} of a ${phase} session`, async () => {
        const peer = await peerIn(node, phase);
        peer.send(frame);
        await settled();
        // There is nothing to edit; but that it says only to who may ask.
        const isThere = (code: ErrorCode | string) => code !== ERROR_CODE_NO_SUCH_MESSAGE;
        if (isAllowed) expect(errors(peer).filter(isThere)).to.deep.equal([]);
        else if (peer.session.rendering.isFull) expect(errors(peer)).to.deep.equal([code]);
        else expect(errors(peer)).to.have.length(1);
      });
    }
  }

  it('has a row for each control message, and a client cannot send what only servers do', async () => {
    const peer = await peerIn(node, 'full');
    const kinds = Object.entries(commandTable.controls);
    const requests = kinds.filter(([, { kind }]) => kind === 'request').map(([name]) => name);
    const tested = frames
      .map(([frame]) => frame.control?.$case)
      .filter((kind) => kind !== undefined);
    expect(requests).to.have.members(tested);
    const answer: ControlKind = 'left';
    expect(commandTable.controls[answer].kind).to.equal('answer');
    peer.control({ $case: 'left', left: { room: '' } });
    expect(errors(peer)).to.deep.equal([ERROR_CODE_NOT_A_REQUEST]);
  });

  it('lets only those who are in a room do something in it, but for entering', async () => {
    const inRoom = (room: string): Array<Partial<ChatMessage>> => [
      { content: 'x', room, type: MessageType.BROADCAST },
      control({ $case: 'leave', leave: { room } }),
      control({ $case: 'fetch', fetch: { room, edge: undefined, limit: 1 } }),
      control({ $case: 'members', members: { room } }),
    ];
    const peer = await peerIn(node, 'full');
    peer.send(...inRoom('dev'));
    expect(errors(peer)).to.deep.equal(Array(4).fill(ERROR_CODE_NOT_IN_ROOM));
    peer.received = [];
    peer.send(...inRoom('no room'), control({ $case: 'join', join: { ...join, room: 'no room' } }));
    expect(errors(peer)).to.deep.equal(Array(5).fill(ERROR_CODE_BAD_ROOM_NAME));
    peer.received = [];
    peer.control({ $case: 'join', join: { ...join, room: 'dev' } });
    await settled();
    peer.send(inRoom('dev')[0]!, inRoom('dev')[3]!);
    await settled();
    expect(peer.got).to.deep.equal(['joined', 'memberList', 'x']);
  });

  it('asks for the rights that a cursor has, for each kind of frame', async () => {
    const peer = await peerIn(node, 'full');
    const cursor = peer.session.memberships.in('lobby')!;
    const frameOf = {
      read: control({ $case: 'members', members: { room: '' } }),
      speak: { content: 'x', type: MessageType.BROADCAST },
      setTopic: control({ $case: 'setTopic', setTopic: { room: '', topic: 'x' } }),
    };
    for (const right of Object.keys(frameOf) as Array<keyof typeof frameOf>) {
      cursor.rights = memberRights & ~rights[right];
      peer.received = [];
      peer.send(...Object.values(frameOf));
      await settled();
      expect(errors(peer), right).to.deep.equal([ERROR_CODE_NOT_ALLOWED]);
    }
  });

  it('knows what an echo, a broadcast and another type are', async () => {
    const peer = await peerIn(node, 'full');
    for (const type of [MessageType.ECHO, MessageType.BROADCAST, 2, -1, 2 ** 31 - 1]) {
      peer.send({ type });
    }
    expect(peer.received.map(({ control: answer }) => answer?.$case)).to.deep.equal([
      undefined,
      'error',
      'error',
      'error',
      'error',
    ]);
    expect(errors(peer)).to.deep.equal([
      ERROR_CODE_EMPTY_CONTENT,
      ERROR_CODE_UNKNOWN_TYPE,
      ERROR_CODE_UNKNOWN_TYPE,
      ERROR_CODE_UNKNOWN_TYPE,
    ]);
  });

  it('counts requests by what they cost, where they may come at all', async () => {
    const { session } = await peerIn(node, 'full');
    const weigh = (message: Control, by = session): number => {
      const frame = Object.assign(node.frame, { control: message });
      return node.commands.weightOf(by, frame);
    };
    expect(weigh({ $case: 'join', join })).to.equal(4);
    expect(weigh({ $case: 'leave', leave: { room: '' } })).to.equal(1);
    expect(weigh({ $case: 'hello', hello })).to.equal(1);
    const greeting = (await peerIn(node, 'greeting')).session;
    expect(weigh({ $case: 'hello', hello }, greeting)).to.equal(4);
    for (let count = 0; count < 97; count += 1) new Peer(node);
    // 99 people are in the lobby.
    expect(weigh({ $case: 'members', members: { room: '' } })).to.equal(1);
    new Peer(node);
    expect(weigh({ $case: 'members', members: { room: '' } })).to.equal(2);
    expect(weigh({ $case: 'join', join: { ...join, presence: true } })).to.equal(5);
  });
});
