import { decodeMessage, encodeFrame, chatMessage } from '../../../src/protocol/codec.js';
import { fillRoom, type History } from '../support/history.js';
import { isText, LightSession, many, type Target } from '../support/light-session.js';
import type { Weapon } from '../support/weapon.js';
import { attackedRoom } from './request-kinds.js';

/** Sessions that each ask for a page, somewhere in a room, and for the next when it is there. */
export interface FetchLoopSpec {
  readonly kind: 'fetch-loop';
  readonly sessions: number;
  readonly history: History;
}

/** No divisor of what rooms hold, so that neighbours ask for different pages. */
const step = 379;

/** Pages that are looked at closely: all would keep this process busier than the server. */
const ofEvery = 50;

export async function armFetchLoop(target: Target, spec: FetchLoopSpec): Promise<Weapon> {
  const { messages } = spec.history;
  await fillRoom(target, attackedRoom, spec.history);
  let isOver = false;
  let problem: Error | undefined;
  let onTheirWay = 0;
  let wake = (): void => {};
  let pages = 0;
  const sessions = await many(spec.sessions, async (index) => {
    const session = await LightSession.full(target);
    await session.join(attackedRoom);
    let after = (index * step) % messages;
    const ask = (): void => {
      onTheirWay += 1;
      after = (after + step) % messages;
      const edge = { $case: 'after', after } as const;
      const fetch = { room: attackedRoom, edge, limit: 0 };
      session.socket.write(encodeFrame(chatMessage({ control: { $case: 'fetch', fetch } })));
    };
    session.onFrame = (bytes, start, end) => {
      if (isText(bytes, start)) return;
      const isPage = bytes[start] === pageTag[0] && bytes[start + 1] === pageTag[1];
      pages += isPage ? 1 : 0;
      if (!isPage || pages % ofEvery === 0) {
        const { control } = decodeMessage(bytes, start, end);
        if (control?.$case === 'throttled') return;
        const first = control?.$case === 'page' ? control.page.messages[0]?.seq : undefined;
        if (first !== after + 1) problem ??= new Error(`after ${after} came ${first}`);
      }
      onTheirWay -= 1;
      if (!isOver) ask();
      else wake();
    };
    return { session, ask };
  });
  return {
    strike: () => {
      isOver = false;
      for (const { ask } of sessions) ask();
    },
    settle: async () => {
      isOver = true;
      while (onTheirWay > 0 && problem === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
      }
      if (problem !== undefined) throw problem;
    },
    mayEnd: () => sessions.forEach(({ session }) => session.mayEnd()),
    leave: () => {
      isOver = true;
      sessions.forEach(({ session }) => session[Symbol.dispose]());
    },
  };
}

/** Of field 36, a message. */
const pageTag = [0xa2, 0x02] as const;
