import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { certificateOf } from './certificate.js';
import { accessOf, programSource, settingsFrom } from './config.js';
import type { Node } from './core/node.js';
import type { Storage } from './core/ports.js';
import { planHandles, type HandlePlan } from './handles.js';
import { LifeLog } from './life-log.js';
import { Metrics } from './metrics.js';
import { openAccounts, openNode, packageVersion } from './node.js';
import { logObserver, Rarely, transcriptObserver, type Logger } from './observers.js';
import { ErrorCode } from './protocol/messages.js';
import { Reload } from './reload.js';
import { running, type ChatServer } from './running.js';
import type { Settings } from './settings.js';
import { storageKind } from './store/kinds.js';
import { RoomTranscripts } from './transcript/room-transcripts.js';
import { Door } from './transports/door.js';
import { serveHttp, type HttpOptions, type HttpServer } from './transports/http.js';
import { Listeners, type InheritedSockets } from './transports/listeners.js';
import {
  listenForOperators,
  operatorSocketName,
  type OperatorSocket,
} from './transports/operator-socket.js';
import { OpenSockets } from './transports/open-sockets.js';
import { peerOf } from './transports/peers.js';
import { SharedParts } from './transports/shared-parts.js';
import { Tls } from './transports/tls.js';

/** Any of the server's settings, and what only a program can give. */
export interface ServerOptions extends Partial<Omit<Settings, 'logLevel' | 'logJson'>> {
  /** Where it logs: nowhere by default. */
  readonly logger?: Logger;
  /** Sockets that listen already, instead of `host`, `port` and `httpPort`. */
  readonly inherited?: InheritedSockets;
}

/**
 * Starts a server: `await createServer({ port: 0, httpPort: 0 })` listens on free ports.
 *
 * Rejects with `ConfigError` for an impossible setting, with `StoreOpenError` when the
 * database cannot be had, and with the system's error when the port cannot.
 */
export async function createServer(options: ServerOptions = {}): Promise<ChatServer> {
  const { logger = silent, inherited, ...given } = options;
  const settings = settingsFrom(programSource(given));
  const handles = planHandles();
  const sockets = countedSockets(handles, logger);
  const transcripts = settings.transcripts
    ? transcriptsIn(settings.data, handles, logger)
    : undefined;
  const storage = await openStorage(settings, logger);
  const metrics = settings.http ? new Metrics() : undefined;
  const lifeLog = new LifeLog(logger);
  const version = packageVersion();
  const { schemaVersion } = storage;
  lifeLog.starting({ version, schemaVersion, settings, handles });
  const observers = [logObserver(logger), lifeLog.observer];
  if (metrics !== undefined) observers.push(metrics.observer);
  if (transcripts !== undefined) observers.push(transcriptObserver(transcripts));
  let node: Node | undefined;
  try {
    const access = accessOf(settings);
    const accounts = openAccounts(settings, storage);
    node = await openNode({
      settings,
      accounts,
      storage,
      access,
      observers,
      sockets,
      version,
      logger,
    });
    const shared = new SharedParts(settings.stallTimeoutMs, node.memory, sockets, access);
    const http =
      metrics === undefined ? undefined : openHttp(node, metrics, settings, { shared, access });
    const tls = openTls(settings, sockets, node, (socket, before) =>
      door.takeSecure(socket, before),
    );
    const door = new Door({
      node,
      shared,
      http,
      tls,
      access,
      openingTimeoutMs: settings.frameTimeoutMs,
    });
    const { host, port } = settings;
    const httpPort = http === undefined ? undefined : settings.httpPort;
    const listeners = await Listeners.open(door, { host, port, httpPort, inherited });
    lifeLog.listening(listeners.urls, listeners.openHosts, settings);
    metrics?.watch(node);
    const operators = await openOperatorSocket(storage, settings, node, shared, logger);
    const reload = new Reload(settings, { node, accounts, access, tls });
    return running({
      node,
      listeners,
      operators,
      door,
      http,
      metrics,
      transcripts,
      storage,
      reload,
      lifeLog,
    });
  } catch (error) {
    await node?.close(0);
    await storage.close();
    throw error;
  }
}

/** Where those connect who run the server: in its data folder, if it has one. */
async function openOperatorSocket(
  { schemaVersion }: Storage,
  { data }: Settings,
  node: Node,
  shared: SharedParts,
  logger: Logger,
): Promise<OperatorSocket | undefined> {
  if (schemaVersion === 0) return undefined;
  const path = join(data, operatorSocketName);
  try {
    return await listenForOperators(node, shared, path);
  } catch (error) {
    // Paths of sockets are short, and some file systems have none.
    logger.warn({ path, problem: (error as Error).message }, 'operators cannot connect here');
    return undefined;
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
    access,
    pageFolder: fileURLToPath(new URL('../web', import.meta.url)),
    problem: async () => node.problem(),
    metrics: async () => metrics.report(),
  });
}

function openTls(
  settings: Settings,
  openSockets: OpenSockets,
  { observer }: Node,
  onSecure: (socket: TLSSocket, before: Socket) => void,
): Tls | undefined {
  const context = certificateOf(settings);
  if (context === undefined) return undefined;
  return new Tls(context, {
    openSockets,
    handshakeTimeoutMs: settings.frameTimeoutMs,
    onSecure,
    onFailed: (socket, reason) => {
      const connection = { transport: 'tls', ...peerOf(socket) };
      observer.connectionRefused?.(connection, `the handshake has failed: ${reason}`);
      observer.refused?.(ErrorCode.ERROR_CODE_FOREIGN_PROTOCOL);
    },
  });
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

const silent: Logger = { info: () => {}, warn: () => {}, error: () => {} };
