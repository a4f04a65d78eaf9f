// The roles `stall` and `trickle`: a full session each that reads nothing for a while, or
// so much and no more. It checks that it gets everything in order all the same.
import { setInterval as every } from 'node:timers/promises';
import { type Endpoint, openFull, sharedBuffer } from './connection.js';
import { FullSession } from './full-session.js';
import { countFrames } from './byte-counter.js';
import type { Player, Role } from './roles.js';
import { waitFor } from './wait.js';

/** It may have gigabytes to read. */
const catchUpMs = 120_000;

async function caughtUp(session: FullSession, untilSeq: number): Promise<void> {
  const complaint = (): string => `the slow session got ${session.seq} of ${untilSeq} messages`;
  await waitFor(() => session.seq >= untilSeq, catchUpMs, complaint);
  if (session.seq > untilSeq) throw new Error(`there are more than ${untilSeq} messages`);
}

export function stall({ port }: Endpoint): Player {
  const session = new FullSession({ port, room: '', buffer: sharedBuffer() });
  return {
    ...openFull([session]),
    go: () => {},
    frames: () => countFrames([session]),
    stop: async () => Promise.resolve(0),
    check: async (sent) => caughtUp(session, sent),
    async act(act) {
      switch (act.kind) {
        case 'stall':
          session.pause();
          return {};
        case 'read': {
          const beganMs = performance.now();
          const lag = act.untilSeq - session.seq;
          session.resume();
          await caughtUp(session, act.untilSeq);
          return { lag, ms: performance.now() - beganMs };
        }
        default:
          throw new Error(`a reader cannot ${act.kind}`);
      }
    },
  };
}

/** What is read at a time: little, or a slow reader would be one that stalls now and then. */
const sipBytes = 1024;

export function trickle({ port }: Endpoint, role: Extract<Role, { kind: 'trickle' }>): Player {
  const buffer = Buffer.allocUnsafeSlow(sipBytes);
  const session = new FullSession({ port, room: '', buffer, isPulling: true });
  let beganMs = 0;
  let bytesBefore = 0;
  let endedMs: number | undefined;

  async function read(): Promise<void> {
    const intervalMs = (sipBytes * 1000) / role.bytesPerSecond;
    for await (const _ of every(intervalMs)) {
      if (session.isOver) {
        endedMs = performance.now();
        return;
      }
      const due = ((performance.now() - beganMs) * role.bytesPerSecond) / 1000;
      if (session.bytes - bytesBefore < due) session.resume();
    }
  }

  return {
    ...openFull([session]),
    go() {
      beganMs = performance.now();
      bytesBefore = session.bytes;
      // Whether it is cut is what is asked here.
      session.mayEnd();
      void read();
    },
    frames: () => countFrames([session]),
    stop: async () => Promise.resolve(0),
    check: async () => Promise.resolve(),
    act: async () => {
      const heldMs = (endedMs ?? performance.now()) - beganMs;
      const bytes = session.bytes - bytesBefore;
      return Promise.resolve({
        heldMs,
        bytes,
        frames: session.frames,
        cut: session.isOver ? 1 : 0,
      });
    },
  };
}
