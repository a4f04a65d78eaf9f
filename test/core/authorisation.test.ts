import { expect } from 'chai';
import { commandTable } from '../../src/core/commands.js';
import type { Node } from '../../src/core/node.js';
import {
  ErrorCode,
  MessageType,
  type ChatMessage,
  type Control,
} from '../../src/protocol/messages.js';
import { helloOf } from '../support/hello.js';
import { openNode } from '../support/node.js';
import { Peer, settled } from '../support/peer.js';

const {
  ERROR_CODE_HELLO_TOO_LATE: late,
  ERROR_CODE_LOGIN_REQUIRED: login,
  ERROR_CODE_NOT_ALLOWED: no,
} = ErrorCode;

const password = 'correct horse battery';

/** Who asks: somebody where there are guests, and where there are none; with an account; an operator. */
const roles = ['guest', 'stranger', 'user', 'operator'] as const;
type Role = (typeof roles)[number];

/** What happens to a frame: it is taken, whatever comes of it, or refused with this code. */
type Verdict = 'yes' | ErrorCode;

type Row = readonly [
  frame: Partial<ChatMessage>,
  ...verdicts: [Verdict, Verdict, Verdict, Verdict],
];

const account = (action: Extract<Control, { $case: 'account' }>['account']['action']): Control => ({
  $case: 'account',
  account: { action },
});
const operator = (
  action: Extract<Control, { $case: 'operator' }>['operator']['action'],
): Control => ({ $case: 'operator', operator: { action } });
const request = (control: Control): Partial<ChatMessage> => ({ control });
const join = { room: '', start: undefined, presence: false };
const fetch = { room: '', edge: undefined, limit: 1 };

/** Every kind of frame, and what it is to guests, strangers, users and operators. */
const matrix: Readonly<Record<string, Row>> = {
  echo: [{ content: 'x', type: MessageType.ECHO }, 'yes', login, 'yes', 'yes'],
  broadcast: [{ content: 'x', type: MessageType.BROADCAST }, 'yes', login, 'yes', 'yes'],
  hello: [request({ $case: 'hello', hello: helloOf() }), late, late, late, late],
  join: [request({ $case: 'join', join }), 'yes', login, 'yes', 'yes'],
  leave: [request({ $case: 'leave', leave: { room: '' } }), 'yes', login, 'yes', 'yes'],
  fetch: [request({ $case: 'fetch', fetch }), 'yes', login, 'yes', 'yes'],
  members: [request({ $case: 'members', members: { room: '' } }), 'yes', login, 'yes', 'yes'],
  edit: [
    request({ $case: 'edit', edit: { room: '', seq: 1, content: 'x' } }),
    ...(['yes', login, 'yes', 'yes'] as const),
  ],
  remove: [request({ $case: 'remove', remove: { room: '', seq: 1 } }), 'yes', login, 'yes', 'yes'],
  setTopic: [
    request({ $case: 'setTopic', setTopic: { room: '', topic: 'x' } }),
    ...(['yes', login, 'yes', 'yes'] as const),
  ],
  listRooms: [
    request({ $case: 'listRooms', listRooms: { prefix: '', after: '', limit: 0 } }),
    ...(['yes', login, 'yes', 'yes'] as const),
  ],
  rename: [request({ $case: 'rename', rename: { name: 'other' } }), 'yes', login, no, 'yes'],
  ping: [request({ $case: 'ping', ping: { nonce: 7 } }), 'yes', 'yes', 'yes', 'yes'],
  pong: [request({ $case: 'pong', pong: { nonce: 7 } }), 'yes', 'yes', 'yes', 'yes'],
  'account.register': [
    request(account({ $case: 'register', register: { name: 'bob', password } })),
    ...(['yes', 'yes', no, 'yes'] as const),
  ],
  'account.changePassword': [
    request(account({ $case: 'changePassword', changePassword: { before: password, password } })),
    ...([login, login, 'yes', login] as const),
  ],
  'account.listLogins': [
    request(account({ $case: 'listLogins', listLogins: {} })),
    ...([login, login, 'yes', login] as const),
  ],
  'account.endLogin': [
    request(account({ $case: 'endLogin', endLogin: { loginId: '' } })),
    ...([login, login, 'yes', login] as const),
  ],
  'operator.addAccount': [
    request(operator({ $case: 'addAccount', addAccount: { name: 'eve', password } })),
    ...([no, no, no, 'yes'] as const),
  ],
  'operator.listAccounts': [
    request(operator({ $case: 'listAccounts', listAccounts: { after: '' } })),
    ...([no, no, no, 'yes'] as const),
  ],
  'operator.setPassword': [
    request(
      operator({ $case: 'setPassword', setPassword: { name: 'alice', password: `${password}!` } }),
    ),
    ...([no, no, no, 'yes'] as const),
  ],
  'operator.removeAccount': [
    request(operator({ $case: 'removeAccount', removeAccount: { name: 'alice' } })),
    ...([no, no, no, 'yes'] as const),
  ],
  'operator.listSessions': [
    request(operator({ $case: 'listSessions', listSessions: { after: '' } })),
    ...([no, no, no, 'yes'] as const),
  ],
  'operator.endSession': [
    request(operator({ $case: 'endSession', endSession: { sessionId: '1' } })),
    ...([no, no, no, 'yes'] as const),
  ],
};

/** The names of all frames that the server takes from clients, as its table has them. */
function allFrames(): string[] {
  const controls = Object.entries(commandTable.controls).flatMap(([name, row]) => {
    if (row.kind === 'request') return [name];
    if (row.kind === 'answer') return [];
    return Object.keys(row.rows).map((action) => `${name}.${action}`);
  });
  const texts = commandTable.texts.map((_, type) => MessageType[type]!.toLowerCase());
  return [...texts, ...controls];
}

describe('who may do what', () => {
  it('is written down here for every kind of frame', () => {
    expect(Object.keys(matrix)).to.have.members(allFrames());
  });

  for (const [name, [frame, ...verdicts]] of Object.entries(matrix)) {
    for (const [index, role] of roles.entries()) {
      const verdict = verdicts[index]!;
      const does = verdict === 'yes' ? 'may ask for' : `gets ${ErrorCode[verdict]} for`;
      it(`${role}: ${does} ${name}`, async () => {
        const { node, peer, before, accounts } = await asked(role, frame);
        const codes = peer.received.flatMap(({ control }) =>
          control?.$case === 'error' ? [control.error.code] : [],
        );
        if (verdict === 'yes') expect(codes).not.to.include.members([no]).and.not.include(login);
        else {
          expect(codes).to.deep.equal([verdict]);
          // Nothing has changed: not in the room, and not in the accounts.
          expect(node.rooms.lobby.headSeq).to.equal(before);
          expect(await accounts()).to.deep.equal(['alice']);
        }
        node.checkInvariants(0);
      });
    }
  }
});

/** Has somebody send a frame who is in the lobby as far as may be. */
async function asked(
  role: Role,
  frame: Partial<ChatMessage>,
): Promise<{ node: Node; peer: Peer; before: number; accounts: () => Promise<string[]> }> {
  const takesGuests = role !== 'stranger';
  const node = await openNode({ rules: { takesGuests, canRegister: true } });
  await node.names.take('p-alice', 'alice', false);
  await node.accounts.create({ person: 'p-alice', name: 'alice' }, password, '');
  node.names.keepForEver('p-alice');
  const peer = new Peer(node, false, role === 'operator');
  const credential = role === 'user' ? ({ $case: 'password', password } as const) : undefined;
  peer.control({
    $case: 'hello',
    hello: helloOf({ name: role === 'user' ? 'alice' : '', credential }),
  });
  await until(() => peer.got.includes('welcome'));
  if (role === 'operator') peer.control({ $case: 'join', join });
  await settled();
  peer.received = [];
  const before = node.rooms.lobby.headSeq;
  peer.send(frame);
  // A peer in a test does not keep what is not taken while a request waits for its answer.
  await until(() => !peer.session.isPaused);
  peer.control({ $case: 'ping', ping: { nonce: 4711 } });
  await until(() => peer.received.some(isPong) || peer.ends.length > 0);
  await settled();
  const accounts = async (): Promise<string[]> =>
    (await node.accounts.list('', 10)).map(({ name }) => name);
  return { node, peer, before, accounts };
}

function isPong({ control }: ChatMessage): boolean {
  return control?.$case === 'pong' && control.pong.nonce === 4711;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((resolve) => setImmediate(resolve));
}
