import { fillRoom, type History } from '../support/history.js';
import { framesOf, LightSession, many, type Target } from '../support/light-session.js';
import type { Weapon } from '../support/weapon.js';
import { Asker } from './asker.js';
import { attackedRoom, requestKinds, type RequestKind, type RequestName } from './request-kinds.js';

/** Sessions that each send one chunk of requests. */
export interface RequestsSpec {
  readonly kind: 'requests';
  readonly request: RequestName;
  readonly sessions: number;
  readonly perSession: number;
  /** Whether the answers are read: all, none from the beginning on, or a little now and then. */
  readonly reading: 'all' | 'nothing' | 'trickle';
  /** Whether the requests have ids, so that answers can be checked; that makes them larger. */
  readonly isNumbered?: boolean;
  /** Others who do nothing, in the room that it is about. */
  readonly people?: number;
  /** Whether those have names as long as names may be; otherwise they are guests. */
  readonly haveLongNames?: boolean;
  readonly history?: History;
}

const trickleBytes = 1024;
const trickleMs = 50;

export async function armRequests(target: Target, spec: RequestsSpec): Promise<Weapon> {
  const kind: RequestKind = requestKinds[spec.request];
  const people = await many(spec.people ?? 0, async (index) => enter(target, spec, kind, index));
  if (spec.history !== undefined) await fillRoom(target, attackedRoom, spec.history);
  const askers = await many(spec.sessions, async () => {
    return new Asker(await enter(target, spec, kind), kind, spec.isNumbered === true);
  });
  let trickle: NodeJS.Timeout | undefined;
  if (spec.reading !== 'all') for (const { session } of askers) session.socket.pause();
  if (spec.reading === 'trickle') {
    for (const { session } of askers) session.isTrickling = true;
    trickle = setInterval(() => {
      for (const { session } of askers) session.socket.resume();
    }, trickleMs);
  }
  let asked = 0;
  const sessions = [...people, ...askers.map(({ session }) => session)];
  return {
    strike: () => {
      const chunk = chunkOf(spec, kind, asked);
      for (const { session } of askers) session.socket.write(chunk);
      asked += spec.perSession;
    },
    settle: async () => {
      clearInterval(trickle);
      const isSettled = settled(spec, asked);
      await Promise.all(
        askers.map(async (asker) => {
          asker.session.isTrickling = false;
          asker.session.socket.resume();
          await asker.until(() => isSettled(asker));
        }),
      );
    },
    mayEnd: () => sessions.forEach((session) => session.mayEnd()),
    leave: () => {
      clearInterval(trickle);
      sessions.forEach((session) => session[Symbol.dispose]());
    },
  };
}

/** In the lobby, and in the attacked room if it is about that. */
async function enter(
  target: Target,
  spec: RequestsSpec,
  kind: RequestKind,
  person?: number,
): Promise<LightSession> {
  const isPerson = person !== undefined;
  const options = spec.reading === 'trickle' && !isPerson ? { readBytesMax: trickleBytes } : {};
  if (kind.isGreeting === true && !isPerson) return await LightSession.connect(target, options);
  const name = isPerson && spec.haveLongNames === true ? `${person}-`.padEnd(32, 'x') : '';
  const session = await LightSession.full(target, name, options);
  if (kind.isInRoom) await session.join(attackedRoom);
  return session;
}

function chunkOf(spec: RequestsSpec, kind: RequestKind, from: number): Buffer {
  if (spec.isNumbered !== true) {
    const one = framesOf([kind.message('')]);
    return Buffer.concat(Array.from({ length: spec.perSession }, () => one));
  }
  const ids = Array.from({ length: spec.perSession }, (_, index) => String(from + index));
  return framesOf(ids.map((id) => kind.message(id)));
}

/** Whether a session has all that it is owed when it has asked so often. */
function settled(spec: RequestsSpec, asked: number): (asker: Asker) => boolean {
  const { request, sessions, people = 0, history } = spec;
  if (request === 'small broadcast') return ({ answers }) => answers >= asked * sessions;
  return ({ answers, roomSeq, peopleCount }) => {
    if (answers < asked) return false;
    // What is owed after the last `joined` is the rest of the room, or who is there.
    if (request === 'join with history') return roomSeq >= history!.messages;
    return request !== 'join with presence' || peopleCount === sessions + people;
  };
}
