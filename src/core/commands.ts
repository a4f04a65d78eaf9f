import type { ClientFrame } from '../protocol/codec.js';
import { ChatError } from '../protocol/errors.js';
import type { SessionLimits } from '../protocol/limits.js';
import { ErrorCode, type ControlKind } from '../protocol/messages.js';
import { utf8Bytes } from '../protocol/utf8.js';
import { introduce, runHello, type HelloParts } from './hello.js';
import type { Executor } from './intake.js';
import { executeMessage, type MessageParts } from './messages.js';
import { runRename } from './rename.js';
import type { ControlOf, Later } from './request.js';
import {
  runFetch,
  runJoin,
  runLeave,
  runMembers,
  weighJoin,
  weighMembers,
  type RoomCommandParts,
} from './room-commands.js';
import type { Phase } from './phase.js';
import type { Session } from './session.js';

/** What all commands together need; each is written for the part that it uses. */
export interface CommandParts extends HelloParts, MessageParts, RoomCommandParts {
  readonly limits: SessionLimits;
}

/**
 * What is done with a control message: the phases in which a session may send it,
 * and the function that carries it out. `id` is that of the request. `weigh` says as how
 * many messages it counts where what a session sends is limited; most count as one.
 */
type Command<Kind extends ControlKind> =
  | {
      readonly kind: 'request';
      readonly phases: readonly Phase[];
      run(
        parts: CommandParts,
        session: Session,
        control: ControlOf<Kind>,
        id: string,
      ): Later | void;
      weigh?(parts: CommandParts, control: ControlOf<Kind>): number;
    }
  /** Only servers send it. */
  | { readonly kind: 'answer' };

const answer = { kind: 'answer' } as const;

/** A free name is looked for when the wanted one is taken, and it is stored. */
const nameWeight = 4;

const commands: { readonly [Kind in ControlKind]: Command<Kind> } = {
  hello: { kind: 'request', phases: ['greeting'], run: runHello, weigh: () => nameWeight },
  join: { kind: 'request', phases: ['full'], run: runJoin, weigh: weighJoin },
  leave: { kind: 'request', phases: ['full'], run: runLeave },
  fetch: { kind: 'request', phases: ['full'], run: runFetch },
  members: { kind: 'request', phases: ['full'], run: runMembers, weigh: weighMembers },
  rename: { kind: 'request', phases: ['full'], run: runRename, weigh: () => nameWeight },
  ping: {
    kind: 'request',
    phases: ['full'],
    run: (_parts, session, { ping }, id) =>
      session.reply({ id, control: { $case: 'pong', pong: ping } }),
  },
  pong: {
    kind: 'request',
    phases: ['full'],
    run: (_parts, session, { pong }) => session.pulse?.answered(pong.nonce),
  },
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
  renamed: answer,
};

/** Does what frames ask for. */
export class Commands implements Executor {
  readonly #parts: CommandParts;

  constructor(parts: CommandParts) {
    this.#parts = parts;
  }

  /** Names a session as the URL of its connection says. */
  introduce(session: Session, name: string): Later {
    return introduce(this.#parts, session, name);
  }

  weightOf(session: Session, { control }: ClientFrame): number {
    const command = control && (commands[control.$case] as Command<ControlKind>);
    if (command?.kind !== 'request' || !command.phases.includes(session.phase)) return 1;
    return command.weigh?.(this.#parts, control!) ?? 1;
  }

  execute(session: Session, frame: ClientFrame): Later | void {
    // Only the first frame can be a hello, whatever becomes of it.
    if (session.phase === 'new') {
      // Whoever says hello understands control messages, a refusal of it among them.
      if (frame.control?.$case === 'hello') session.greet();
      else session.phase = 'bare';
    }
    if (frame.id !== '' && utf8Bytes(frame.id) > this.#parts.limits.idBytesMax) {
      // Too long to be given back in the error, too.
      frame.id = '';
      throw new ChatError(ErrorCode.ERROR_CODE_ID_TOO_LONG);
    }
    if (frame.controls > 0) return this.#control(session, frame);
    return executeMessage(this.#parts, session, frame);
  }

  #control(session: Session, frame: ClientFrame): Later | void {
    const { control } = frame;
    if (frame.controls > 1 || frame.contentBytes > 0 || frame.type !== 0) {
      throw new ChatError(ErrorCode.ERROR_CODE_MIXED_FRAME);
    }
    if (frame.hasUnknownRequest) throw new ChatError(ErrorCode.ERROR_CODE_NOT_SUPPORTED);
    if (control === undefined) throw new ChatError(ErrorCode.ERROR_CODE_NOT_A_REQUEST);
    // The table's type ties a row to its own control message, which TypeScript cannot follow here.
    const command = commands[control.$case] as Command<ControlKind>;
    if (command.kind === 'answer') throw new ChatError(ErrorCode.ERROR_CODE_NOT_A_REQUEST);
    if (!command.phases.includes(session.phase)) {
      throw new ChatError(
        control.$case === 'hello'
          ? ErrorCode.ERROR_CODE_HELLO_TOO_LATE
          : ErrorCode.ERROR_CODE_HELLO_FIRST,
      );
    }
    return command.run(this.#parts, session, control, frame.id);
  }
}
