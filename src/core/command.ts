import type { ClientFrame } from '../protocol/codec.js';
import type { ControlKind, ErrorCode } from '../protocol/messages.js';
import type { Cursor } from './cursor.js';
import type { ControlOf, DeferredReply } from './request.js';
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

/** What a control message does; `id` is that of the request. */
export type RequestCommand<Parts, Kind extends ControlKind> = When & {
  readonly kind: 'request';
  /** As how many messages it counts where what a session sends is limited. */
  weigh(parts: Parts, control: ControlOf<Kind>): number;
  /** The text in it that must not be longer than that of a message. */
  text?(control: ControlOf<Kind>): string;
  /** Whether it is refused when that is empty. */
  readonly needsText?: boolean;
} & (
    | (OfServer & {
        run(
          parts: Parts,
          session: Session,
          control: ControlOf<Kind>,
          id: string,
        ): DeferredReply | void;
      })
    | (RoomNamed<Kind> &
        OfOwnRoom & {
          run(
            parts: Parts,
            session: Session,
            control: ControlOf<Kind>,
            id: string,
            cursor: Cursor,
          ): DeferredReply | void;
        })
    | (RoomNamed<Kind> &
        OfAnyRoom & {
          /** `cursor` is undefined where the session is not in the room, which has a valid name. */
          run(
            parts: Parts,
            session: Session,
            control: ControlOf<Kind>,
            id: string,
            cursor: Cursor | undefined,
            room: string,
          ): DeferredReply | void;
        })
  );

interface RoomNamed<Kind extends ControlKind> {
  /** The room's name in the control message; empty for the lobby. */
  room(control: ControlOf<Kind>): string;
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
    readonly [Kind in ControlKind]: RequestCommand<Parts, Kind> | Answer;
  };
}
