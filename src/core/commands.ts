import type { ClientFrame } from '../protocol/codec.js';
import { ChatError } from '../protocol/errors.js';
import { guestPrefix, lobbyName, protocolVersion } from '../protocol/limits.js';
import { ErrorCode, MessageType, type Control, type ControlKind } from '../protocol/messages.js';
import { isRoomName, normalizedName } from '../protocol/names.js';
import { utf8Bytes } from '../protocol/utf8.js';
import type { Phase, Session } from './session.js';

/** The control message of one kind. */
type ControlOf<Kind extends ControlKind> = Extract<Control, { $case: Kind }>;

/**
 * What is done with a control message: the phases in which a session may send it,
 * and the function that carries it out. `id` is that of the request.
 */
type Command<Kind extends ControlKind> =
  | {
      readonly kind: 'built';
      readonly phases: readonly Phase[];
      run(session: Session, control: ControlOf<Kind>, id: string): void;
    }
  /** The protocol has it, this server does not. */
  | { readonly kind: 'planned' }
  /** Only servers send it. */
  | { readonly kind: 'answer' };

const planned = { kind: 'planned' } as const;
const answer = { kind: 'answer' } as const;

const commands: { readonly [Kind in ControlKind]: Command<Kind> } = {
  hello: { kind: 'built', phases: ['new', 'greeting'], run: runHello },
  ping: {
    kind: 'built',
    phases: ['full'],
    run: (session, { ping }, id) => session.reply({ id, control: { $case: 'pong', pong: ping } }),
  },
  // The server asks for no sign of life yet; one that comes unasked does no harm.
  pong: { kind: 'built', phases: ['full'], run: () => {} },
  join: planned,
  leave: planned,
  fetch: planned,
  members: planned,
  welcome: answer,
  ack: answer,
  error: answer,
  joined: answer,
  page: answer,
  gap: answer,
  presence: answer,
  goodbye: answer,
  memberList: answer,
  left: answer,
  throttled: answer,
};

/** Does what a frame asks for. Throws `ChatError` with the reason if it must be refused. */
export function execute(session: Session, frame: ClientFrame): void {
  // Only the first frame can be a hello, whatever becomes of it.
  if (session.phase === 'new' && frame.control?.$case !== 'hello') session.phase = 'bare';
  if (frame.id !== '' && utf8Bytes(frame.id) > session.node.limits.idBytesMax) {
    // Too long to be given back in the error, too.
    frame.id = '';
    throw new ChatError(ErrorCode.ERROR_CODE_ID_TOO_LONG);
  }
  if (frame.controls > 0) executeControl(session, frame);
  else executeMessage(session, frame);
}

function executeMessage(session: Session, frame: ClientFrame): void {
  const { limits } = session.node;
  if (session.phase === 'greeting') throw new ChatError(ErrorCode.ERROR_CODE_HELLO_FIRST);
  if (frame.contentBytes > limits.contentBytesMax) {
    throw new ChatError(
      ErrorCode.ERROR_CODE_CONTENT_TOO_LONG,
      `the content has ${frame.contentBytes} bytes, and ${limits.contentBytesMax} is the limit`,
    );
  }
  switch (frame.type) {
    case MessageType.ECHO:
      echo(session, frame);
      return;
    case MessageType.BROADCAST:
      broadcast(session, frame);
      return;
    default:
      throw new ChatError(ErrorCode.ERROR_CODE_UNKNOWN_TYPE);
  }
}

function echo(session: Session, frame: ClientFrame): void {
  const { replies, observer, clock } = session.node;
  if (session.form === 'bare') {
    replies.bareEcho(frame.bytes, frame.contentStart, frame.contentEnd);
  } else {
    session.reply({ content: frame.content(), id: frame.id });
  }
  observer.echoed?.(session.name, frame.content(), clock.wallMs());
}

function broadcast(session: Session, frame: ClientFrame): void {
  const { node } = session;
  if (frame.contentBytes === 0) throw new ChatError(ErrorCode.ERROR_CODE_EMPTY_CONTENT);
  if (frame.room !== '' && frame.room !== lobbyName) {
    if (!isRoomName(frame.room, node.limits)) {
      throw new ChatError(ErrorCode.ERROR_CODE_BAD_ROOM_NAME);
    }
    throw new ChatError(ErrorCode.ERROR_CODE_NOT_IN_ROOM);
  }
  node.publish(node.lobby, {
    id: frame.id,
    author: session.id,
    sender: session.name,
    content: frame.content(),
    sentAtMs: node.clock.wallMs(),
  });
}

function executeControl(session: Session, frame: ClientFrame): void {
  const { control } = frame;
  if (frame.controls > 1 || control === undefined || frame.contentBytes > 0 || frame.type !== 0) {
    throw new ChatError(ErrorCode.ERROR_CODE_MIXED_FRAME);
  }
  // The table's type ties a row to its own control message, which TypeScript cannot follow here.
  const command = commands[control.$case] as Command<ControlKind>;
  switch (command.kind) {
    case 'answer':
      throw new ChatError(ErrorCode.ERROR_CODE_NOT_A_REQUEST);
    case 'planned':
      throw new ChatError(
        session.phase === 'full'
          ? ErrorCode.ERROR_CODE_NOT_SUPPORTED
          : ErrorCode.ERROR_CODE_HELLO_FIRST,
      );
    case 'built':
      if (!command.phases.includes(session.phase)) {
        throw new ChatError(
          control.$case === 'hello'
            ? ErrorCode.ERROR_CODE_HELLO_TOO_LATE
            : ErrorCode.ERROR_CODE_HELLO_FIRST,
        );
      }
      command.run(session, control, frame.id);
  }
}

/** What is logged of Hello.client. */
const programCharsMax = 64;

function runHello(session: Session, { hello }: ControlOf<'hello'>, id: string): void {
  const { node } = session;
  // Whoever says hello understands control messages, a refusal of it among them.
  session.greet();
  session.program = hello.client.slice(0, programCharsMax);
  if (hello.version !== protocolVersion) throw new ChatError(ErrorCode.ERROR_CODE_BAD_VERSION);
  if (hello.credential !== undefined) {
    throw new ChatError(
      ErrorCode.ERROR_CODE_NOT_SUPPORTED,
      'this server has no accounts: leave password and token out',
    );
  }
  if (hello.name !== '') claimName(session, hello.name);
  session.phase = 'full';
  session.reply({
    id,
    control: {
      $case: 'welcome',
      welcome: {
        sessionId: session.id,
        name: session.name,
        token: '',
        capabilities: [],
        limits: node.limits,
        version: protocolVersion,
        server: node.serverName,
      },
    },
  });
}

function claimName(session: Session, wanted: string): void {
  const { node } = session;
  const name = normalizedName(wanted, node.limits);
  if (name === undefined) throw new ChatError(ErrorCode.ERROR_CODE_BAD_NAME);
  if (node.sessionNamed(name) !== undefined) {
    const suggestion = freeNameLike(session, name);
    throw new ChatError(ErrorCode.ERROR_CODE_NAME_IN_USE, `somebody is called ${name} already`, {
      suggestion,
    });
  }
  node.claimName(session, name);
}

/** `alice2`, or whatever number is free; cut so that it stays a name. */
function freeNameLike(session: Session, name: string): string {
  const { node } = session;
  const characters = Array.from(name.replace(/\d+$/, '') || name);
  for (let number = 2; ; number += 1) {
    const suffix = String(number);
    const base = characters.slice(0, node.limits.nameCharsMax - suffix.length).join('');
    const candidate = base + suffix;
    if (node.sessionNamed(candidate) === undefined && !candidate.startsWith(guestPrefix)) {
      return candidate;
    }
  }
}
