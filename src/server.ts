import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HmacTokens } from './auth/token.js';
import { limitsFrom, originsOf, programSource, settingsFrom, type Settings } from './config.js';
import { Node } from './core/node.js';
import type { Clock, Observer, Storage } from './core/ports.js';
import { planHandles, type HandlePlan } from './handles.js';
import { Metrics } from './metrics.js';
import { logObserver, Rarely, transcriptObserver, type Logger } from './observers.js';
import { storageKind } from './store/kinds.js';
import { RoomTranscripts } from './transcript/room-transcripts.js';
import { listenHttp, type HttpListener } from './transports/http.js';
import { OpenSockets } from './transports/open-sockets.js';
import { listenTcp, type TcpListener } from './transports/tcp.js';

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
  /** Opens the transcripts anew, after they were moved away. */
  reopenTranscripts(): void;
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
  let tcp: TcpListener | undefined;
  try {
    node = await openNode(settings, storage, observers, sockets, logger);
    tcp = await listenTcp(node, { ...settings, openSockets: sockets });
    const http =
      metrics === undefined ? undefined : await openHttp(node, metrics, settings, sockets);
    metrics?.watch(node);
    noteTooFewFiles(handles, settings, logger);
    return running({ node, tcp, http, metrics, transcripts, storage, settings });
  } catch (error) {
    tcp?.close();
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

async function openNode(
  settings: Settings,
  storage: Storage,
  observers: readonly Observer[],
  sockets: OpenSockets,
  logger: Logger,
): Promise<Node> {
  return await Node.open({
    clock: systemClock,
    store: storage.log,
    roomList: storage.rooms,
    names: storage.names,
    authenticator: new HmacTokens(storage.secret),
    incarnation: storage.incarnation,
    retention: {
      entriesMax: settings.retainMessages,
      ageMsMax: settings.retainHours * 3_600_000,
    },
    observers,
    observerFailed: (call, error) => {
      const problem = error instanceof Error ? error.stack : String(error);
      logger.error({ call, problem }, 'an observer failed; the server continues');
    },
    limits: limitsFrom(settings),
    // Buffers, as sockets would make one of anything else at each write. Small ones of the
    // first kind share a piece of memory, which each of them keeps.
    allocate: {
      reply: (bytes) => Buffer.allocUnsafe(bytes),
      batch: (bytes) => Buffer.allocUnsafeSlow(bytes),
    },
    memoryBytesMax: memoryBytesOf(settings),
    logBytesMax: settings.logBytesMax,
    connectionsMax: settings.connectionsMax,
    connectionsPerAddressMax: settings.connectionsPerAddressMax,
    hasRoom: () => sockets.hasRoom,
    serverName: `tcp-chat-server/${packageVersion()}`,
  });
}

async function openHttp(
  node: Node,
  metrics: Metrics,
  settings: Settings,
  openSockets: OpenSockets,
): Promise<HttpListener> {
  return await listenHttp(node, {
    host: settings.host,
    port: settings.httpPort,
    stallTimeoutMs: settings.stallTimeoutMs,
    requestTimeoutMs: settings.frameTimeoutMs,
    connectionsMax: settings.connectionsMax,
    connectionsPerAddressMax: settings.connectionsPerAddressMax,
    allowedOrigins: originsOf(settings),
    openSockets,
    pageFolder: fileURLToPath(new URL('../web', import.meta.url)),
    problem: async () => node.problem(),
    metrics: async () => metrics.report(),
  });
}

/** What a running server consists of. */
interface Parts {
  readonly node: Node;
  readonly tcp: TcpListener;
  readonly http: HttpListener | undefined;
  readonly metrics: Metrics | undefined;
  readonly transcripts: RoomTranscripts | undefined;
  readonly storage: Storage;
  readonly settings: Settings;
}

function running({ node, tcp, http, metrics, transcripts, storage, settings }: Parts): ChatServer {
  const close = async (): Promise<void> => {
    tcp.close();
    const { drainTimeoutMs } = settings;
    await Promise.all([node.close(drainTimeoutMs), http?.drain(drainTimeoutMs)]);
    try {
      await http?.close();
      metrics?.close();
      await storage.close();
    } finally {
      // What was on its way to the store until now belongs in them as well.
      await transcripts?.close();
    }
  };
  let closed: Promise<void> | undefined;
  const urls = [urlOf('tcp', tcp)];
  if (http !== undefined) urls.push(urlOf('http', http));
  return {
    urls,
    port: tcp.port,
    httpPort: http?.port,
    get sessionCount() {
      return node.sessionCount;
    },
    reopenTranscripts: () => transcripts?.reopen(),
    close: () => (closed ??= close()),
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
}

const mebibyte = 1024 * 1024;
const defaultMemoryBytesMin = 256 * mebibyte;

/** The memory that peers can make the server use: that of `--memory`, or a part of all there is. */
function memoryBytesOf({ memory }: Settings): number {
  if (memory > 0) return memory * mebibyte;
  // 0 where nothing but the machine limits the process.
  const limit = process.constrainedMemory();
  const all = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return Math.max(defaultMemoryBytesMin, all / 4);
}

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

const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  endOfTurn: (callback) => void setImmediate(callback),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

const silent: Logger = { info: () => {}, warn: () => {}, error: () => {} };

function packageVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return (manifest as { version: string }).version;
}
