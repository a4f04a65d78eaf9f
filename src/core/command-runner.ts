import type { ClientFrame } from '../protocol/codec.js';
import { ChatError } from '../protocol/errors.js';
import { lobbyName, type SessionLimits } from '../protocol/limits.js';
import { ErrorCode, type Control } from '../protocol/messages.js';
import { isRoomName } from '../protocol/names.js';
import { utf8Bytes } from '../protocol/utf8.js';
import type { Answer, CommandTable, RequestCommand } from './command.js';
import type { Cursor } from './cursor.js';
import type { Executor } from './intake.js';
import { phases } from './phase.js';
import { serverRights } from './rights.js';
import type { DeferredReply } from './request.js';
import type { Session } from './session.js';

/** A row of the table, whatever request it is for. */
type AnyRequest<Parts> = RequestCommand<Parts, unknown>;

/** A row of the table for a kind of control message, whichever it is. */
type AnyRow<Parts> =
  | AnyRequest<Parts>
  | Answer
  | {
      readonly kind: 'actions';
      of(control: Control): { readonly $case: string } | undefined;
      readonly rows: Readonly<Record<string, AnyRequest<Parts>>>;
    };

/**
 * Does what frames ask for, by a table of all their kinds. All that the table says of a kind is
 * checked here, and nowhere else.
 */
export class CommandRunner<Parts extends { readonly limits: SessionLimits }> implements Executor {
  readonly #parts: Parts;
  readonly #table: CommandTable<Parts>;

  constructor(parts: Parts, table: CommandTable<Parts>) {
    this.#parts = parts;
    this.#table = table;
  }

  weightOf(session: Session, { control }: ClientFrame): number {
    const found = control && this.#find(control);
    if (found === undefined || (found.row.phases & session.phase) === 0) return 1;
    return found.row.weigh(this.#parts, found.request);
  }

  execute(session: Session, frame: ClientFrame): DeferredReply | void {
    // Only the first frame can be a hello, whatever becomes of it.
    if (session.phase === phases.new) {
      // Whoever says hello understands control messages, a refusal of it among them.
      if (frame.control?.$case === 'hello') session.greet();
      else session.phase = phases.bare;
    }
    if (frame.id !== '' && utf8Bytes(frame.id) > this.#parts.limits.idBytesMax) {
      // Too long to be given back in the error, too.
      frame.id = '';
      throw new ChatError(ErrorCode.ERROR_CODE_ID_TOO_LONG);
    }
    return frame.controls > 0 ? this.#request(session, frame) : this.#text(session, frame);
  }

  /** As few calls as possible: for an echo, this is a good part of the work. */
  #text(session: Session, frame: ClientFrame): DeferredReply | void {
    const parts = this.#parts;
    const { texts, unknownText } = this.#table;
    const { type, contentBytes } = frame;
    const row = type >= 0 && type < texts.length ? texts[type]! : unknownText;
    if ((row.phases & session.phase) === 0) throw new ChatError(row.otherwise);
    if (contentBytes > parts.limits.contentBytesMax) throw this.#tooLong(contentBytes);
    if (row.needsContent && contentBytes === 0) {
      throw new ChatError(ErrorCode.ERROR_CODE_EMPTY_CONTENT);
    }
    if (row.scope === 'server') {
      if ((session.rights & row.rights) === 0) throw notEntitled(session, row.rights);
      return row.run(parts, session, frame);
    }
    if ((session.rights & serverRights.chat) === 0) {
      throw notEntitled(session, serverRights.chat);
    }
    const cursor = session.memberships.in(frame.room || lobbyName);
    if (cursor === undefined) throw this.#noMember(frame.room);
    if ((cursor.rights & row.rights) === 0) throw notAllowed();
    return row.run(parts, session, frame, cursor);
  }

  #request(session: Session, frame: ClientFrame): DeferredReply | void {
    const { control } = frame;
    if (frame.controls > 1 || frame.contentBytes > 0 || frame.type !== 0) {
      throw new ChatError(ErrorCode.ERROR_CODE_MIXED_FRAME);
    }
    if (frame.hasUnknownRequest) throw new ChatError(ErrorCode.ERROR_CODE_NOT_SUPPORTED);
    if (control === undefined) throw new ChatError(ErrorCode.ERROR_CODE_NOT_A_REQUEST);
    const found = this.#find(control);
    if (found === undefined) throw new ChatError(this.#whyNone(control));
    const { row, request } = found;
    if ((row.phases & session.phase) === 0) throw new ChatError(row.otherwise);
    const rights = row.scope === 'server' ? row.rights : serverRights.chat;
    if ((session.rights & rights) === 0) throw notEntitled(session, rights);
    if (row.text !== undefined) this.#checkText(row.text(request), row.needsText === true);
    if (row.scope === 'server') return row.run(this.#parts, session, request, frame.id);
    return this.#inRoom(row, session, request, frame.id);
  }

  /** The row for a control message, or for the action in it. */
  #find(control: Control): { row: AnyRequest<Parts>; request: unknown } | undefined {
    // The table's type ties a row to its own request, which TypeScript cannot follow here.
    const row = this.#table.controls[control.$case] as AnyRow<Parts>;
    if (row.kind === 'request') return { row, request: control };
    if (row.kind === 'answer') return undefined;
    const action = row.of(control);
    return action && { row: row.rows[action.$case]!, request: action };
  }

  /** Why there is no row for a control message. */
  #whyNone({ $case }: Control): ErrorCode {
    const isAnswer = this.#table.controls[$case].kind === 'answer';
    return isAnswer ? ErrorCode.ERROR_CODE_NOT_A_REQUEST : ErrorCode.ERROR_CODE_NOT_SUPPORTED;
  }

  #inRoom(
    row: Exclude<AnyRequest<Parts>, { scope: 'server' }>,
    session: Session,
    request: unknown,
    id: string,
  ): DeferredReply | void {
    const room = row.room(request) || lobbyName;
    const cursor: Cursor | undefined = session.memberships.in(room);
    if (row.scope === 'own room') {
      if (cursor === undefined) throw this.#noMember(room);
      if ((cursor.rights & row.rights) === 0) throw notAllowed();
      return row.run(this.#parts, session, request, id, cursor);
    }
    if (cursor === undefined && !this.#isRoomName(room)) {
      throw new ChatError(ErrorCode.ERROR_CODE_BAD_ROOM_NAME);
    }
    return row.run(this.#parts, session, request, id, cursor, room);
  }

  #checkText(text: string, isNeeded: boolean): void {
    const bytes = utf8Bytes(text);
    if (bytes > this.#parts.limits.contentBytesMax) throw this.#tooLong(bytes);
    if (isNeeded && bytes === 0) throw new ChatError(ErrorCode.ERROR_CODE_EMPTY_CONTENT);
  }

  #tooLong(contentBytes: number): ChatError {
    const { contentBytesMax } = this.#parts.limits;
    return new ChatError(
      ErrorCode.ERROR_CODE_CONTENT_TOO_LONG,
      `the content is ${contentBytes} bytes long; the limit is ${contentBytesMax} bytes`,
    );
  }

  /** Why somebody who is not in a room of that name cannot do what only members may. */
  #noMember(room: string): ChatError {
    const isName = room === '' || this.#isRoomName(room);
    return new ChatError(
      isName ? ErrorCode.ERROR_CODE_NOT_IN_ROOM : ErrorCode.ERROR_CODE_BAD_ROOM_NAME,
    );
  }

  #isRoomName(room: string): boolean {
    return isRoomName(room, this.#parts.limits);
  }
}

/** Why somebody cannot do what not everybody on the server may. */
function notEntitled({ rights }: Session, needed: number): ChatError {
  const isUser = (rights & serverRights.account) !== 0;
  const isOfNoUse = isUser || needed === serverRights.operate;
  return new ChatError(
    isOfNoUse ? ErrorCode.ERROR_CODE_NOT_ALLOWED : ErrorCode.ERROR_CODE_LOGIN_REQUIRED,
  );
}

function notAllowed(): ChatError {
  return new ChatError(ErrorCode.ERROR_CODE_NOT_ALLOWED);
}
