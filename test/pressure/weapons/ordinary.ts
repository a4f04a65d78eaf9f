import { decodeMessage } from '../../../src/protocol/codec.js';
import { MessageType } from '../../../src/protocol/messages.js';
import { isText, LightSession, many, type Target } from '../support/light-session.js';
import type { Weapon } from '../support/weapon.js';

/** People who chat in rooms of ten, read everything, and harm nobody. */
export interface OrdinarySpec {
  readonly kind: 'ordinary';
  readonly sessions: number;
}

const roomSize = 10;

/** How often each of them publishes. */
const everyMs = 200;

/** Measures the time until each message is acked, from the moment when it is to be sent. */
export async function armOrdinary(target: Target, spec: OrdinarySpec): Promise<Weapon> {
  let timesMs: number[] = [];
  const onTheirWay = new Map<string, number>();
  let wake = (): void => {};
  const people = await many(spec.sessions, async (index) => {
    const room = `ordinary-${Math.floor(index / roomSize)}`;
    const session = await LightSession.full(target);
    await session.join(room);
    session.onFrame = (bytes, start, end) => {
      if (isText(bytes, start)) return;
      const { control } = decodeMessage(bytes, start, end);
      if (control?.$case === 'error') throw new Error(control.error.message);
      if (control?.$case !== 'ack') return;
      const key = `${index} ${control.ack.id}`;
      timesMs.push(performance.now() - onTheirWay.get(key)!);
      onTheirWay.delete(key);
      wake();
    };
    return { session, room, index };
  });
  let number = 0;
  let turn = 0;
  let beganMs = 0;
  let pace: NodeJS.Timeout | undefined;
  const publish = ({ session, room, index }: (typeof people)[number], dueMs: number): void => {
    number += 1;
    const id = String(number);
    onTheirWay.set(`${index} ${id}`, dueMs);
    session.send({ content: `ordinary ${id}`, type: MessageType.BROADCAST, room, id });
  };
  const intervalMs = everyMs / people.length;
  return {
    strike: () => {
      beganMs = performance.now();
      pace = setInterval(() => {
        // One after another, evenly; what is late counts from when it was due.
        for (;;) {
          const dueMs = beganMs + turn * intervalMs;
          if (dueMs > performance.now()) return;
          publish(people[turn % people.length]!, dueMs);
          turn += 1;
        }
      }, 1);
    },
    settle: async () => {
      clearInterval(pace);
      turn = 0;
      while (onTheirWay.size > 0) await new Promise<void>((resolve) => (wake = resolve));
    },
    mayEnd: () => {
      clearInterval(pace);
      people.forEach(({ session }) => session.mayEnd());
    },
    leave: () => people.forEach(({ session }) => session[Symbol.dispose]()),
    timesMs: () => {
      const since = timesMs;
      timesMs = [];
      return since;
    },
  };
}
