import { decodeMessage } from '../../../src/protocol/codec.js';
import type { Control } from '../../../src/protocol/messages.js';
import { framesOf, isText, LightSession, many, type Target } from '../support/light-session.js';
import type { Weapon } from '../support/weapon.js';
import { attackedRoom } from './request-kinds.js';

/** Sessions that come and go as fast as they are answered, while others are told of it. */
export interface ChurnSpec {
  readonly kind: 'churn';
  readonly sessions: number;
  /** In the room, with `presence`. */
  readonly watchers: number;
}

const join: Control = {
  $case: 'join',
  join: { room: attackedRoom, start: undefined, presence: false },
};
const leave: Control = { $case: 'leave', leave: { room: attackedRoom } };
const frames = { join: framesOf([{ control: join }]), leave: framesOf([{ control: leave }]) };

export async function armChurn(target: Target, spec: ChurnSpec): Promise<Weapon> {
  let isOver = false;
  let isIn = 0;
  let wake = (): void => {};
  const watchers = await many(spec.watchers, async () => Watcher.join(target, () => wake()));
  const comers = await many(spec.sessions, async () => {
    const session = await LightSession.full(target);
    session.onFrame = (bytes, start, end) => {
      if (isText(bytes, start)) return;
      const { control } = decodeMessage(bytes, start, end);
      if (control?.$case === 'joined') {
        isIn += 1;
        session.socket.write(frames.leave);
      } else if (control?.$case === 'left') {
        isIn -= 1;
        if (!isOver) session.socket.write(frames.join);
        else wake();
      }
    };
    return session;
  });
  const sessions = [...comers, ...watchers.map(({ session }) => session)];
  return {
    strike: () => {
      isOver = false;
      for (const session of comers) session.socket.write(frames.join);
    },
    settle: async () => {
      isOver = true;
      while (isIn > 0 || watchers.some(({ seen }) => seen.size !== spec.watchers)) {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    mayEnd: () => sessions.forEach((session) => session.mayEnd()),
    leave: () => {
      isOver = true;
      sessions.forEach((session) => session[Symbol.dispose]());
    },
  };
}

/** Knows who is in the room, from what it is told. */
class Watcher {
  readonly session: LightSession;
  readonly seen = new Set<string>();

  private constructor(session: LightSession, changed: () => void) {
    this.session = session;
    session.onFrame = (bytes, start, end) => {
      if (isText(bytes, start)) return;
      const { control } = decodeMessage(bytes, start, end);
      if (control?.$case !== 'presence') return;
      const { joined, left, snapshot } = control.presence;
      if (snapshot) this.seen.clear();
      for (const { name } of left) this.seen.delete(name);
      for (const { name } of joined) this.seen.add(name);
      changed();
    };
  }

  static async join(target: Target, changed: () => void): Promise<Watcher> {
    const watcher = new Watcher(await LightSession.full(target), changed);
    await watcher.session.join(attackedRoom, true);
    return watcher;
  }
}
