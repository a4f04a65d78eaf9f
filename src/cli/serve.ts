import type { Logger } from '../observers.js';
import type { ChatServer } from '../running.js';
import { createServer } from '../server.js';
import type { Settings } from '../settings.js';
import { InheritedSocketError } from '../transports/listener.js';
import { ExitError, exitCodes } from './exit-codes.js';
import { counted } from './format.js';
import { inheritedSockets } from './inherited.js';
import { createLogger, type ProgramLogger } from './logger.js';
import { ServiceManager } from './service-manager.js';

/** npm and the terminal both pass Ctrl+C on: what comes so soon is the same signal again. */
const sameSignalMs = 1000;

/** How long the process may take to end when the server is closed. */
const exitGraceMs = 250;

/**
 * Runs a server until a signal ends it; returns the exit code. `readSettings` reads them again from
 * where they came. Rejects with `ExitError` when it cannot listen.
 */
export async function serve(settings: Settings, readSettings: () => Settings): Promise<number> {
  const logger = createLogger(settings);
  const { env, pid } = process;
  const manager = new ServiceManager(env, pid, (problem) => {
    logger.warn({ problem }, 'systemd cannot be told how the server is');
  });
  // For a daemon it means "read your files again". It never ends the server, not even when it comes
  // from a terminal that was closed: without a listener, the process would end without draining.
  let onHangUp = (): void => {
    logger.info({ signal: 'SIGHUP' }, 'the settings are being read anyway');
  };
  process.on('SIGHUP', () => onHangUp());
  const server = await start(settings, logger);
  const status = (): string => counted(server.sessionCount, 'session');
  // Who reads where it listens may send it signals.
  const stopped = stopSignal();
  onHangUp = () => {
    manager.reloading();
    reload(server, settings, readSettings, logger);
    manager.ready(status);
  };
  for (const url of server.urls) process.stdout.write(announcement(url, settings));
  manager.ready(status);
  await stopped;
  manager.stopping(`saying goodbye to ${status()}`);
  await server.close();
  await manager.end();
  // What may still be open then, like the last words on a connection, is not waited for.
  setTimeout(() => process.exit(), exitGraceMs).unref();
  return exitCodes.ok;
}

function announcement(url: string, { logJson }: Settings): string {
  return logJson ? `${JSON.stringify({ event: 'listening', url })}\n` : `listening on ${url}\n`;
}

function reload(
  server: ChatServer,
  settings: Settings,
  readSettings: () => Settings,
  logger: ProgramLogger,
): void {
  const signal = 'SIGHUP';
  try {
    const { logLevel, logJson, ...read } = readSettings();
    const needRestart: string[] = server.reload(read);
    if (logJson !== settings.logJson) needRestart.push('logJson');
    logger.level = logLevel;
    const done = 'settings and files were read again; the server continues';
    if (needRestart.length === 0) logger.info({ signal }, done);
    else logger.warn({ signal, needRestart }, `${done}; some settings need a restart`);
  } catch (error) {
    const problem = (error as Error).message;
    logger.error({ signal, problem }, 'settings cannot be used; the server continues as before');
  }
}

async function start(settings: Settings, logger: Logger): Promise<ChatServer> {
  try {
    const { logLevel: _, logJson: __, ...options } = settings;
    const inherited = inheritedSockets(process.env, process.pid);
    return await createServer({ ...options, logger, ...(inherited && { inherited }) });
  } catch (error) {
    if (error instanceof InheritedSocketError)
      throw new ExitError(exitCodes.failure, error.message);
    const { code, syscall, port = settings.port } = error as ListenError;
    const where = `${settings.host}:${port}`;
    if (code === 'EADDRINUSE') {
      throw new ExitError(
        exitCodes.failure,
        `${where} is already in use, perhaps by another server`,
      );
    }
    const isOurs = syscall === 'listen' || syscall === 'getaddrinfo';
    if (isOurs && code !== undefined) {
      throw new ExitError(exitCodes.failure, `cannot listen on ${where} (${code})`);
    }
    throw error;
  }
}

/** Of a port that cannot be had, with the port. */
interface ListenError extends NodeJS.ErrnoException {
  readonly port?: number;
}

/**
 * SIGTERM and SIGINT drain and end: settles with the first of them. A second one ends the
 * process at once, unless it comes in the same moment: a terminal and npm send it both.
 */
function stopSignal(): Promise<void> {
  let stoppedAtMs: number | undefined;
  return new Promise((resolve) => {
    const stop = (): void => {
      const nowMs = performance.now();
      stoppedAtMs ??= nowMs;
      if (nowMs - stoppedAtMs > sameSignalMs) process.exit(exitCodes.failure);
      resolve();
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  });
}
