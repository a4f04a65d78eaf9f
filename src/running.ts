import type { Node } from './core/node.js';
import type { Storage } from './core/ports.js';
import type { LifeLog } from './life-log.js';
import type { Metrics } from './metrics.js';
import type { Reload } from './reload.js';
import type { SettingName, Settings } from './settings.js';
import type { RoomTranscripts } from './transcript/room-transcripts.js';
import type { Door } from './transports/door.js';
import type { OperatorSocket } from './transports/operator-socket.js';
import type { HttpServer } from './transports/http.js';
import type { Listeners } from './transports/listeners.js';

/** A server that listens. */
export interface ChatServer extends AsyncDisposable {
  /** The addresses that it listens on, as URLs with real ports. */
  readonly urls: readonly string[];
  /** The TCP port that it listens on. */
  readonly port: number;
  /** The port of the page and WebSockets; undefined where there is none. */
  readonly httpPort: number | undefined;
  /** How many sessions there are now. */
  readonly sessionCount: number;
  /**
   * Takes over those of the given settings that can change while it runs, which are those about
   * who may come, how fast a session is read, and how much rooms keep; reads the certificate again, for all who come from now on; and opens the
   * transcripts anew, after they were moved away. Returns the settings that have changed and need
   * a restart. Throws `ConfigError` for an impossible one, or a certificate that cannot be used:
   * then everything stays as it is.
   */
  reload(settings?: Partial<Settings>): SettingName[];
  /**
   * Takes no new connections, stores and hands out what was read, says goodbye to everybody
   * and closes; settles when the last connection is gone, the transcripts are written
   * and the store is closed, which takes at most `drainTimeoutMs` and 4 seconds. Rejects
   * when the store cannot be closed properly; what was acked is kept all the same.
   * Calling it again waits for the same.
   */
  close(): Promise<void>;
}

/** What a running server consists of. */
export interface Parts {
  readonly node: Node;
  readonly listeners: Listeners;
  readonly operators: OperatorSocket | undefined;
  readonly door: Door;
  readonly http: HttpServer | undefined;
  readonly metrics: Metrics | undefined;
  readonly transcripts: RoomTranscripts | undefined;
  readonly storage: Storage;
  readonly reload: Reload;
  readonly lifeLog: LifeLog;
}

/** A server that listens, made of its parts. */
export function running(parts: Parts): ChatServer {
  const { node, listeners, reload, transcripts } = parts;
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => await (closed ??= end(parts));
  return {
    urls: listeners.urls,
    port: listeners.port,
    httpPort: listeners.httpPort,
    get sessionCount() {
      return node.sessionCount;
    },
    reload(settings) {
      const needRestart = reload.take(settings);
      transcripts?.reopen();
      return needRestart;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function end(parts: Parts): Promise<void> {
  const { node, listeners, operators, door, http, metrics, transcripts, storage, reload, lifeLog } =
    parts;
  const { drainTimeoutMs } = reload.settings;
  lifeLog.shuttingDown(node.sessionCount);
  listeners.closeChat();
  operators?.close();
  const [cutOff] = await Promise.all([node.close(drainTimeoutMs), http?.drain(drainTimeoutMs)]);
  try {
    listeners.close();
    door.close();
    await http?.close();
    metrics?.close();
    await storage.close();
  } finally {
    // What was on its way to the store until now belongs in them as well.
    await transcripts?.close();
  }
  lifeLog.shutDown(cutOff);
}
