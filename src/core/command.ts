import type { ClientFrame } from '../protocol/codec.js';
import type { ControlKind, ErrorCode } from '../protocol/messages.js';
import type { Cursor } from './cursor.js';
import type { AccountAction, ControlOf, DeferredReply, OperatorAction } from './request.js';
import type { Session } from './session.js';

/** When a kind of frame may come. */
export interface When {
  /** The session's phases, as bits; see `phases`. */
  readonly phases: number;
  /** Why it is refused in the others. */
  readonly otherwise: ErrorCode;
}

/** What a kind of frame is about: the server, or one room. */
interface OfServer {
  readonly scope: 'server';
  /** What the session needs for it; see `serverRights`. For what is about rooms, that is `chat`. */
  readonly rights: number;
}

/** A room in which the session need not be. */
interface OfAnyRoom {
  readonly scope: 'any room';
}

/** A room in which the session is, with these rights; see `rights`. */
interface OfOwnRoom {
  readonly scope: 'own room';
  readonly rights: number;
}

/** What a frame of text does: an echo or a broadcast. Each counts as one message. */
export type TextCommand<Parts> = When & {
  /** Whether it is refused without a text. */
  readonly needsContent: boolean;
} & (
    | (OfServer & { run(parts: Parts, session: Session, frame: ClientFrame): DeferredReply | void })
    | (OfOwnRoom & {
        run(
          parts: Parts,
          session: Session,
          frame: ClientFrame,
          cursor: Cursor,
        ): DeferredReply | void;
      })
  );

/**
 * What a request does: a control message, or one of the actions in it. `id` is that of the request.
 */
export type RequestCommand<Parts, Request> = When & {
  readonly kind: 'request';
  /** As how many messages it counts where what a session sends is limited. */
  weigh(parts: Parts, request: Request): number;
  /** The text in it that must not be longer than that of a message. */
  text?(request: Request): string;
  /** Whether it is refused when that is empty. */
  readonly needsText?: boolean;
} & (
    | (OfServer & {
        run(parts: Parts, session: Session, request: Request, id: string): DeferredReply | void;
      })
    | (RoomNamed<Request> &
        OfOwnRoom & {
          run(
            parts: Parts,
            session: Session,
            request: Request,
            id: string,
            cursor: Cursor,
          ): DeferredReply | void;
        })
    | (RoomNamed<Request> &
        OfAnyRoom & {
          /** `cursor` is undefined where the session is not in the room, which has a valid name. */
          run(
            parts: Parts,
            session: Session,
            request: Request,
            id: string,
            cursor: Cursor | undefined,
            room: string,
          ): DeferredReply | void;
        })
  );

interface RoomNamed<Request> {
  /** The room's name in the request; empty for the lobby. */
  room(request: Request): string;
}

/** A control message that holds one of several actions, each of which is a row of its own. */
export interface ActionGroup<Parts, Kind extends ControlKind, Action extends { $case: string }> {
  readonly kind: 'actions';
  /** The action in it; undefined for none that is known. */
  of(control: ControlOf<Kind>): Action | undefined;
  readonly rows: {
    readonly [Name in Action['$case']]: RequestCommand<Parts, Extract<Action, { $case: Name }>>;
  };
}

/** A control message that only servers send. */
export interface Answer {
  readonly kind: 'answer';
}

/** Every kind of frame. */
export interface CommandTable<Parts> {
  /** By `MessageType`. */
  readonly texts: ReadonlyArray<TextCommand<Parts>>;
  /** For any other type. */
  readonly unknownText: TextCommand<Parts>;
  readonly controls: {
    readonly [Kind in Exclude<ControlKind, 'account' | 'operator'>]:
      RequestCommand<Parts, ControlOf<Kind>> | Answer;
  } & {
    readonly account: ActionGroup<Parts, 'account', AccountAction>;
    readonly operator: ActionGroup<Parts, 'operator', OperatorAction>;
  };
}
