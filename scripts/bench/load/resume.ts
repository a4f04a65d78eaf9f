// The roles `resume` and `resume-publish`: full sessions in a room, whose server goes
// away and comes back, and the one that broadcasts to them. As there is one publisher,
// the number in a message's text follows from its seq, and each session checks both.
import { type Endpoint, openFull, sharedBuffer } from './connection.js';
import { countFrames } from './byte-counter.js';
import { expectInOrder, FullPublisher } from './full-publisher.js';
import { FullSession } from './full-session.js';
import { evenly } from './publish.js';
import type { Player, Role } from './roles.js';
import { waitFor } from './wait.js';

const drainMs = 30_000;
const catchUpMs = 60_000;

/** The slowest of many to get somewhere, and how many are not there. */
function laggards(
  sessions: readonly FullSession[],
  seqOf: (session: FullSession) => number,
): number {
  return sessions.reduce((count, one) => count + (one.seq < seqOf(one) ? 1 : 0), 0);
}

export function resume({ port }: Endpoint, role: Extract<Role, { kind: 'resume' }>): Player {
  const { room } = role;
  const buffer = sharedBuffer();
  const handlers = { message: expectInOrder };
  const sessions = Array.from(
    { length: role.connections },
    () => new FullSession({ port, room, buffer, handlers }),
  );

  async function reconnect(): Promise<Readonly<Record<string, number>>> {
    const beganMs = performance.now();
    const framesBefore = countFrames(sessions);
    await Promise.all(sessions.map(async (session) => session.reopen()));
    const resumedMs = performance.now() - beganMs;
    const left = (): number => laggards(sessions, ({ headSeq }) => headSeq);
    await waitFor(
      () => left() === 0,
      catchUpMs,
      () => `${left()} sessions did not catch up`,
    );
    const ms = performance.now() - beganMs;
    return { resumedMs, ms, frames: countFrames(sessions) - framesBefore };
  }

  return {
    ...openFull(sessions),
    go: () => {},
    frames: () => countFrames(sessions),
    stop: async () => Promise.resolve(0),
    async check(sent) {
      const left = (): number => laggards(sessions, () => sent);
      await waitFor(
        () => left() === 0,
        drainMs,
        () => `${left()} sessions lack messages`,
      );
      const more = sessions.find(({ seq }) => seq > sent);
      if (more) throw new Error(`a session got message ${more.seq} of ${sent}`);
    },
    async act(act) {
      switch (act.kind) {
        case 'lose':
          for (const session of sessions) session.mayEnd();
          return {};
        case 'reconnect':
          return reconnect();
        default:
          throw new Error(`resuming sessions cannot ${act.kind}`);
      }
    },
  };
}

export function resumePublish(
  { port }: Endpoint,
  { room, perSecond }: Extract<Role, { kind: 'resume-publish' }>,
): Player {
  const publisher = new FullPublisher({ port, room, buffer: sharedBuffer(), number: 0 });
  const { session } = publisher;
  let stopSending = (): void => {};
  const go = (): void => {
    stopSending = evenly(perSecond, () => publisher.send(1));
  };
  const allAcked = async (): Promise<void> => {
    const complaint = (): string => `${publisher.outstanding} messages were not acked`;
    await waitFor(() => publisher.outstanding === 0, drainMs, complaint);
  };

  return {
    ...openFull([session]),
    go,
    frames: () => countFrames([session]),
    done: () => publisher.acked,
    async stop() {
      stopSending();
      await allAcked();
      return publisher.sent;
    },
    check: async () => Promise.resolve(),
    async act(act) {
      switch (act.kind) {
        case 'lose':
          session.mayEnd();
          return {};
        case 'reconnect':
          stopSending();
          await session.reopen();
          publisher.sendAgain();
          await allAcked();
          go();
          return {};
        case 'burst':
          publisher.send(act.messages);
          await allAcked();
          return { sent: publisher.sent };
        default:
          throw new Error(`this publisher cannot ${act.kind}`);
      }
    },
  };
}
