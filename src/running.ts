import type { Node } from './core/node.js';
import type { Storage } from './core/ports.js';
import type { LifeLog } from './life-log.js';
import type { Metrics } from './metrics.js';
import type { Reload } from './reload.js';
import type { ChatServer } from './server.js';
import type { RoomTranscripts } from './transcript/room-transcripts.js';
import type { HttpServer } from './transports/http.js';
import type { Listeners } from './transports/listeners.js';

/** What a running server consists of. */
export interface Parts {
  readonly node: Node;
  readonly listeners: Listeners;
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
  const { node, listeners, http, metrics, transcripts, storage, reload, lifeLog } = parts;
  const { drainTimeoutMs } = reload.settings;
  lifeLog.shuttingDown(node.sessionCount);
  listeners.closeChat();
  const [cutOff] = await Promise.all([node.close(drainTimeoutMs), http?.drain(drainTimeoutMs)]);
  try {
    listeners.close();
    await http?.close();
    metrics?.close();
    await storage.close();
  } finally {
    // What was on its way to the store until now belongs in them as well.
    await transcripts?.close();
  }
  lifeLog.shutDown(cutOff);
}
