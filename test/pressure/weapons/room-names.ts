import type { ChatMessage } from '../../../src/protocol/messages.js';
import { decodeMessage } from '../../../src/protocol/codec.js';
import { framesOf, isText, LightSession, many, type Target } from '../support/light-session.js';
import type { Weapon } from '../support/weapon.js';

/** Sessions that join and leave one room after another, each of a name that nobody has used. */
export interface RoomNamesSpec {
  readonly kind: 'room-names';
  readonly sessions: number;
  /** Rooms. */
  readonly perSession: number;
  readonly isReading: boolean;
}

export async function armRoomNames(target: Target, spec: RoomNamesSpec): Promise<Weapon> {
  const { perSession, isReading } = spec;
  let wake = (): void => {};
  let owed = 0;
  let strikes = 0;
  let problem: Error | undefined;
  const visitors = await many(spec.sessions, async (index) => {
    const session = await LightSession.full(target);
    session.onFrame = (bytes, start, end) => {
      if (isText(bytes, start)) return;
      const { control } = decodeMessage(bytes, start, end);
      if (control?.$case === 'error') problem ??= new Error(control.error.message);
      if (control?.$case === 'left') owed -= 1;
      wake();
    };
    if (!isReading) session.socket.pause();
    return { session, index };
  });
  return {
    strike: () => {
      strikes += 1;
      owed += perSession * visitors.length;
      for (const { session, index } of visitors) {
        session.socket.write(chunk(`${strikes}-${index}`, perSession));
      }
    },
    settle: async () => {
      for (const { session } of visitors) session.socket.resume();
      while (owed > 0 && problem === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
      }
      if (problem !== undefined) throw problem;
    },
    mayEnd: () => visitors.forEach(({ session }) => session.mayEnd()),
    leave: () => visitors.forEach(({ session }) => session[Symbol.dispose]()),
  };
}

/** The names are as long as names of rooms may be. */
function chunk(visitor: string, rooms: number): Buffer {
  const messages = Array.from({ length: rooms }, (_, index): Partial<ChatMessage>[] => {
    const room = `${visitor}-${index}-`.padEnd(64, 'x');
    return [
      { control: { $case: 'join', join: { room, start: undefined, presence: true } } },
      { control: { $case: 'leave', leave: { room } } },
    ];
  });
  return framesOf(messages.flat());
}
