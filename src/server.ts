import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TLSSocket } from 'node:tls';
import { certificateOf } from './certificate.js';
import { accessOf, programSource, settingNames, settingsFrom } from './config.js';
import type { Node } from './core/node.js';
import type { Storage } from './core/ports.js';
import { planHandles, type HandlePlan } from './handles.js';
import { Metrics } from './metrics.js';
import { openNode } from './node.js';
import { logObserver, Rarely, transcriptObserver, type Logger } from './observers.js';
import type { SettingName, Settings } from './settings.js';
import { storageKind } from './store/kinds.js';
import { RoomTranscripts } from './transcript/room-transcripts.js';
import type { Access } from './transports/access.js';
import { Door } from './transports/door.js';
import { serveHttp, type HttpOptions, type HttpServer } from './transports/http.js';
import { listen, type Listener } from './transports/listener.js';
import { OpenSockets } from './transports/open-sockets.js';
import { SharedParts } from './transports/shared-parts.js';
import { Tls } from './transports/tls.js';

/** Any of the server's settings, and where it logs: nowhere by default. */
export type ServerOptions = Partial<Omit<Settings, 'logLevel'>> & { readonly logger?: Logger };

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
   * who may come; reads the certificate again, for all who come from now on; and opens the
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

/**
 * Starts a server: `await createServer({ port: 0, httpPort: 0 })` listens on free ports.
 *
 * Rejects with `ConfigError` for an impossible setting, with `StoreOpenError` when the
 * database cannot be had, and with the system's error when the port cannot.
 */
export async function createServer(options: ServerOptions = {}): Promise<ChatServer> {
  const { logger = silent, ...given } = options;
  const settings = settingsFrom(programSource(given));
  const handles = planHandles();
  const sockets = countedSockets(handles, logger);
  const transcripts = settings.transcripts
    ? transcriptsIn(settings.data, handles, logger)
    : undefined;
  const storage = await openStorage(settings, logger);
  const metrics = settings.http ? new Metrics() : undefined;
  const observers = [logObserver(logger)];
  if (metrics !== undefined) observers.push(metrics.observer);
  if (transcripts !== undefined) observers.push(transcriptObserver(transcripts));
  let node: Node | undefined;
  const listeners: Listener[] = [];
  try {
    node = await openNode(settings, storage, observers, sockets, logger);
    const shared = new SharedParts(settings.stallTimeoutMs, node.memory, sockets);
    const access = accessOf(settings);
    const http =
      metrics === undefined ? undefined : openHttp(node, metrics, settings, { shared, access });
    const tls = openTls(settings, sockets, (socket) => door.takeSecure(socket));
    const door = new Door({
      node,
      shared,
      http,
      tls,
      access,
      connectionsMax: settings.connectionsMax,
      connectionsPerAddressMax: settings.connectionsPerAddressMax,
      openingTimeoutMs: settings.frameTimeoutMs,
    });
    const { host, port, httpPort } = settings;
    listeners.push(await listen(door, { host, port }));
    if (http !== undefined) {
      listeners.push(await listen(door, { host, port: httpPort, isForBrowsers: true }));
    }
    metrics?.watch(node);
    noteTooFewFiles(handles, settings, logger);
    return running({
      ...{ node, listeners, http, tls, access, metrics, transcripts, storage, settings },
    });
  } catch (error) {
    for (const listener of listeners) listener.close();
    await node?.close(0);
    await storage.close();
    throw error;
  }
}

/** A disk that takes nothing does not hold up the end of the server for longer. */
const storeCloseTimeoutMs = 3000;

async function openStorage(settings: Settings, logger: Logger): Promise<Storage> {
  return await storageKind(settings.store).open({
    folder: settings.data,
    memoryBytesMax: settings.storeBytesMax,
    closeTimeoutMs: storeCloseTimeoutMs,
    onFinding: (problem, facts) => logger.warn(facts, problem),
    // Nobody knows what was stored of what is on its way: only a new process can tell, and
    // its clients come back to it. So this one ends, as it does for any broken invariant.
    onLost: (error) => {
      throw error;
    },
  });
}

function openHttp(
  node: Node,
  metrics: Metrics,
  settings: Settings,
  { shared, access }: Pick<HttpOptions, 'shared' | 'access'>,
): HttpServer {
  return serveHttp(node, {
    shared,
    requestTimeoutMs: settings.frameTimeoutMs,
    connectionsMax: settings.connectionsMax,
    connectionsPerAddressMax: settings.connectionsPerAddressMax,
    access,
    pageFolder: fileURLToPath(new URL('../web', import.meta.url)),
    problem: async () => node.problem(),
    metrics: async () => metrics.report(),
  });
}

function openTls(
  settings: Settings,
  openSockets: OpenSockets,
  onSecure: (socket: TLSSocket) => void,
): Tls | undefined {
  const context = certificateOf(settings);
  if (context === undefined) return undefined;
  return new Tls(context, { openSockets, handshakeTimeoutMs: settings.frameTimeoutMs, onSecure });
}

/** What a running server consists of. */
interface Parts {
  readonly node: Node;
  /** The port of all, and the second one for browsers if there is one. */
  readonly listeners: readonly Listener[];
  readonly http: HttpServer | undefined;
  readonly tls: Tls | undefined;
  readonly access: Access;
  readonly metrics: Metrics | undefined;
  readonly transcripts: RoomTranscripts | undefined;
  readonly storage: Storage;
  readonly settings: Settings;
}

function running(parts: Parts): ChatServer {
  const { node, listeners, http, tls, access, metrics, transcripts, storage, settings } = parts;
  const close = async (): Promise<void> => {
    listeners[0]!.close();
    const { drainTimeoutMs } = settings;
    await Promise.all([node.close(drainTimeoutMs), http?.drain(drainTimeoutMs)]);
    try {
      listeners[1]?.close();
      await http?.close();
      metrics?.close();
      await storage.close();
    } finally {
      // What was on its way to the store until now belongs in them as well.
      await transcripts?.close();
    }
  };
  let closed: Promise<void> | undefined;
  let current = settings;
  const [tcp, browsers] = listeners;
  const urls = [urlOf('tcp', tcp!)];
  if (browsers !== undefined) urls.push(urlOf('http', browsers));
  return {
    urls,
    port: tcp!.port,
    httpPort: browsers?.port,
    get sessionCount() {
      return node.sessionCount;
    },
    reload(given) {
      const next = settingsFrom(programSource({ ...current, ...given }));
      const context = certificateOf(next);
      const fixed = settingNames.filter((name) => {
        // Handshakes are there from the start, or not at all.
        const isTls = name === 'tlsCert' || name === 'tlsKey';
        return !reloadable.has(name) || (isTls && (tls === undefined) !== (context === undefined));
      });
      const kept = Object.fromEntries(fixed.map((name) => [name, settings[name]]));
      current = { ...next, ...kept };
      if (tls !== undefined && context !== undefined) tls.context = context;
      Object.assign(access, accessOf(current));
      transcripts?.reopen();
      return fixed.filter((name) => next[name] !== settings[name]);
    },
    close: () => (closed ??= close()),
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
}

const reloadable: ReadonlySet<SettingName> = new Set<SettingName>([
  'tlsCert',
  'tlsKey',
  'allowPlaintext',
  'publicUrl',
  'publicMetrics',
  'trustProxy',
  'allowOrigin',
]);

function urlOf(scheme: string, { host, port }: { host: string; port: number }): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function transcriptsIn(
  data: string,
  { transcriptsMax }: HandlePlan,
  logger: Logger,
): RoomTranscripts {
  const report = (path: string, problem: string | undefined): void => {
    if (problem === undefined) logger.info({ path }, 'the transcript is written again');
    else logger.warn({ path, problem }, 'the transcript cannot be written; the server continues');
  };
  return new RoomTranscripts(join(data, 'transcripts'), report, { openMax: transcriptsMax });
}

/** The sockets of all listeners; the log says when there are as many as the system has files for. */
function countedSockets(handles: HandlePlan, logger: Logger): OpenSockets {
  const { openFilesMax, socketsMax, lingeringMax } = handles;
  const rarely = new Rarely();
  const onCrowded = (connections: number): void => {
    rarely.say('', (refused) => {
      const facts = { openFilesMax, connections, refused };
      logger.warn(facts, 'running out of files: connections are refused');
    });
  };
  return new OpenSockets({ max: socketsMax, lingeringMax, onCrowded });
}

/** As many as most servers ever have: a limit above it is not worth a word. */
const manySockets = 4096;

function noteTooFewFiles(handles: HandlePlan, { connectionsMax }: Settings, logger: Logger): void {
  const { openFilesMax, socketsMax } = handles;
  if (socketsMax >= Math.min(connectionsMax, manySockets)) return;
  const facts = { openFilesMax, connectionsMax, possible: socketsMax };
  logger.warn(facts, 'the limit of open files (ulimit -n) allows few connections');
}

const silent: Logger = { info: () => {}, warn: () => {}, error: () => {} };
