import type { Entry, Observer } from './core/ports.js';
import { lobbyName } from './protocol/limits.js';
import type { TranscriptMessage } from './transcript/line.js';
import type { RoomTranscripts } from './transcript/room-transcripts.js';

/** Takes structured log lines. A pino logger is one. */
export interface Logger {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

/**
 * One log line per connection and disconnection, with the pool's size before and after, and per
 * name that is taken or changed; and one per minute for connections that are refused for the same reason, with their number.
 */
export function logObserver(logger: Logger): Observer {
  const rarely = new Rarely();
  return {
    sessionOpened({ id, connection }, sessionsBefore, sessionsAfter) {
      const { transport, address, port } = connection;
      const fields = { session: id, transport, address, port, sessionsBefore, sessionsAfter };
      logger.info(fields, 'session opened');
    },
    named({ id, name: username, program }) {
      logger.info({ session: id, username, program }, 'session named');
    },
    sessionClosed(session, reason, sessionsBefore, sessionsAfter) {
      const { id, name: username, program, connection } = session;
      const { transport, address, port } = connection;
      const peer = { session: id, username, program, transport, address, port };
      logger.info({ ...peer, reason, sessionsBefore, sessionsAfter }, 'session closed');
    },
    acceptFailed(transport, problem) {
      // It comes with every attempt, thousands per second perhaps.
      rarely.say(transport, (failedAccepts) => {
        logger.warn({ transport, problem, failedAccepts }, 'connections cannot be accepted');
      });
    },
    storeFailed(problem) {
      logger.error({ problem }, 'messages cannot be stored and are refused');
    },
    storeRecovered() {
      logger.info({}, 'messages are stored again');
    },
    readFailed(problem) {
      logger.error({ problem }, 'stored messages cannot be read');
    },
    readRecovered() {
      logger.info({}, 'stored messages can be read again');
    },
    damageFound(room, fromSeq, toSeq) {
      const advice = 'stored messages are damaged, and readers are told; run tcp-chat-server check';
      logger.error({ room, fromSeq, toSeq }, advice);
    },
    connectionRefused({ transport, address, port }, reason) {
      // So does this, from somebody who does not heed it.
      rarely.say(reason, (refused) => {
        logger.warn({ transport, address, port, reason, refused }, 'connection refused');
      });
    },
  };
}

/** What happens again and again, said at most once a minute, with how often it has happened. */
export class Rarely {
  readonly #last = new Map<string, { count: number; quietUntilMs: number }>();

  /** Says it now, unless the same was said within the last minute; `count` is since the beginning. */
  say(what: string, say: (count: number) => void): void {
    const nowMs = performance.now();
    const last = this.#last.get(what) ?? { count: 0, quietUntilMs: 0 };
    this.#last.set(what, last);
    last.count += 1;
    if (nowMs < last.quietUntilMs) return;
    last.quietUntilMs = nowMs + 60_000;
    say(last.count);
  }
}

function transcriptMessage({ change, sender, content, sentAtMs }: Entry): TranscriptMessage {
  switch (change?.kind) {
    case undefined:
      return { kind: 'broadcast', sender, content, sentAtMs };
    case 'edit':
      return { kind: 'edited', sender, content: `${change.targetSeq} ${content}`, sentAtMs };
    case 'removal':
      return { kind: 'removed', sender, content: String(change.targetSeq), sentAtMs };
    case 'topic':
      return { kind: 'topic', sender, content, sentAtMs };
  }
}

/** Writes what is said into each room's transcript. */
export function transcriptObserver(transcripts: RoomTranscripts): Observer {
  return {
    appended(room, entries) {
      for (const entry of entries) transcripts.add(room, transcriptMessage(entry));
    },
    roomClosed(room) {
      transcripts.rest(room);
    },
    echoed(sender, content, sentAtMs) {
      transcripts.add(lobbyName, { kind: 'echo', sender, content, sentAtMs });
    },
  };
}
