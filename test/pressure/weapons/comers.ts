import { decodeMessage } from '../../../src/protocol/codec.js';
import type { ChatMessage, Control } from '../../../src/protocol/messages.js';
import { fillRoom, type History } from '../support/history.js';
import {
  framesOf,
  hello,
  isText,
  LightSession,
  many,
  type Target,
} from '../support/light-session.js';
import type { Weapon } from '../support/weapon.js';
import { attackedRoom, requestKinds } from './request-kinds.js';

/** Connections that come for a moment. */
export type ComersSpec = HalfOpenSpec | AwaySpec;

/**
 * Connections that say hello, join a room, ask for so many pages and end their side, all in
 * one write, and read nothing.
 */
export interface HalfOpenSpec {
  readonly kind: 'comers';
  readonly how: 'half-open';
  readonly connections: number;
  readonly requests: number;
  readonly history: History;
}

/**
 * So many at once say hello, are gone when they are welcome, and come again. `same token`:
 * all as the same sender, with another name each time, so that each takes the place of the
 * one before.
 */
export interface AwaySpec {
  readonly kind: 'comers';
  readonly how: 'away' | 'same token';
  readonly connections: number;
  /** Others in the lobby who are told of it. */
  readonly watchers: number;
}

export async function armComers(target: Target, spec: ComersSpec): Promise<Weapon> {
  return spec.how === 'half-open' ? armHalfOpen(target, spec) : armAway(target, spec);
}

async function armHalfOpen(target: Target, spec: HalfOpenSpec): Promise<Weapon> {
  await fillRoom(target, attackedRoom, spec.history);
  const sessions = await many(spec.connections, async () =>
    LightSession.connect(target, { allowHalfOpen: true }),
  );
  const join = { room: attackedRoom, start: undefined, presence: false };
  const requests: Partial<ChatMessage>[] = Array.from({ length: spec.requests }, (_, index) =>
    requestKinds.fetch.message(String(index)),
  );
  const chunk = framesOf([
    { control: hello('') },
    { control: { $case: 'join', join } },
    ...requests,
  ]);
  let owed = spec.connections;
  let problem: Error | undefined;
  let wake = (): void => {};
  for (const { socket } of sessions) socket.pause();
  return {
    strike: () => {
      for (const session of sessions) {
        session.mayEnd();
        const counter = new PageCounter(session);
        session.socket.on('end', () => {
          owed -= 1;
          if (counter.pages !== spec.requests) {
            problem ??= new Error(`${counter.pages} pages came, not ${spec.requests}`);
          }
          wake();
        });
        session.socket.on('error', (error) => {
          problem ??= error;
          wake();
        });
        session.socket.end(chunk);
      }
    },
    settle: async () => {
      for (const { socket } of sessions) socket.resume();
      while (owed > 0 && problem === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
      }
      if (problem !== undefined) throw problem;
    },
    mayEnd: () => {},
    leave: () => sessions.forEach((session) => session[Symbol.dispose]()),
  };
}

/** Counts the pages that come in the order of their requests. */
class PageCounter {
  pages = 0;

  constructor(session: LightSession) {
    session.onFrame = (bytes, start, end) => {
      if (isText(bytes, start)) return;
      const { control, id } = decodeMessage(bytes, start, end);
      if (control?.$case === 'page' && id === String(this.pages)) this.pages += 1;
    };
  }
}

async function armAway(target: Target, spec: AwaySpec): Promise<Weapon> {
  const people = new Set<LightSession>();
  let peopleSeen = 0;
  let wake = (): void => {};
  const watchers = await many(spec.watchers, async () => {
    const session = await LightSession.full(target);
    session.onFrame = (bytes, start, end) => {
      if (isText(bytes, start)) return;
      const { control } = decodeMessage(bytes, start, end);
      if (control?.$case !== 'presence') return;
      peopleSeen = control.presence.count;
      wake();
    };
    await session.join('', true);
    return session;
  });
  const owner = await LightSession.connect(target);
  const { welcome } = await owner.ask(hello(''), 'welcome');
  let comings = 0;
  const greeting = (): Control => {
    comings += 1;
    return spec.how === 'same token' ? hello(`name-${comings}`, welcome.token) : hello('');
  };
  if (spec.how === 'same token') owner.mayEnd();
  else owner[Symbol.dispose]();
  const watcher = watchers[0]!;
  const countPeople = async (): Promise<number> =>
    (await watcher.ask({ $case: 'members', members: { room: '' } }, 'memberList')).memberList.count;
  const peopleBefore = spec.watchers + witnesses + (spec.how === 'same token' ? 1 : 0);
  let isOver = false;
  const come = async (): Promise<void> => {
    const session = await LightSession.connect(target);
    people.add(session);
    session.mayEnd();
    if (spec.how === 'same token') {
      // The next one takes its place.
      session.socket.on('close', () => people.delete(session));
    }
    session.send({ control: greeting() });
    await session.until('welcome').catch(() => {});
    if (spec.how === 'same token') return;
    people.delete(session);
    // With a FIN, the ports of this machine would be used up in a few seconds.
    session.socket.resetAndDestroy();
  };
  const comeAgain = async (): Promise<void> => {
    while (!isOver) await come();
  };
  let coming: Promise<void>[] = [];
  return {
    strike: () => {
      isOver = false;
      coming = Array.from({ length: spec.connections }, async () => comeAgain());
    },
    settle: async () => {
      isOver = true;
      await Promise.all(coming);
      // Asked for again and again, as the server need not have seen everybody leave.
      while ((await countPeople()) !== peopleBefore);
      while (peopleSeen !== peopleBefore) await new Promise<void>((resolve) => (wake = resolve));
    },
    mayEnd: () => {
      isOver = true;
      watchers.forEach((session) => session.mayEnd());
    },
    leave: () => {
      isOver = true;
      for (const session of [...watchers, ...people]) session[Symbol.dispose]();
    },
  };
}

/** The two who are in the lobby in any case. */
const witnesses = 2;
