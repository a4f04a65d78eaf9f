#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import {
  environmentSource,
  fileSource,
  flagOf,
  settingNames,
  settingsFrom,
  variableOf,
  type Source,
} from '../config.js';
import { certificateOf } from '../certificate.js';
import type { Logger } from '../observers.js';
import { createServer, type ChatServer } from '../server.js';
import { schema, type SettingName, type Settings } from '../settings.js';
import { storageKind } from '../store/kinds.js';
import type { KeptData } from '../store/storage-kind.js';
import { parseArguments, type CommandLine, type ParsedArguments } from './arguments.js';
import { runBackup } from './backup.js';
import { runCheck } from './check.js';
import { ExitError, exitCodes } from './exit-codes.js';
import { exportOptions, exportOptionsOf, runExport } from './export.js';
import { createLogger } from './logger.js';
import { runProgram } from './program.js';

const program = 'tcp-chat-server';

/** npm and the terminal both pass Ctrl+C on: what comes so soon is the same signal again. */
const sameSignalMs = 1000;

/** How long the process may take to end when the server is closed. */
const exitGraceMs = 250;

await runProgram(program, async () => {
  const parsed = await parseArguments({
    program,
    commands: [
      [['$0', 'start'], 'run the server (the default)'],
      [
        'config [what]',
        'show: print the settings in use, as JSON (the default); check: only check them',
      ],
      ['backup <file>', 'copy the database to a new file; the server may be running'],
      ['check', 'look for damage in the database; the server may be running'],
      ['export', "write a room's messages to stdout; the server may be running", exportOptions],
    ],
    options: {
      config: { type: 'string', requiresArg: true, describe: 'JSON file with settings' },
      ...Object.fromEntries(settingNames.map((name) => [flagOf(name), optionOf(name)])),
    },
    examples: [
      ['$0 --port 5000', 'listen on port 5000'],
      [`${variableOf('port')}=5000 $0`, 'the same'],
    ],
  });
  const settings = settingsOf(parsed);
  switch (parsed._[0]) {
    case 'config':
      return runConfig(settings, (parsed['what'] as string | undefined) ?? 'show');
    case 'backup':
      return await runBackup(keptData(settings), String(parsed['file']));
    case 'check':
      return await runCheck(keptData(settings));
    case 'export':
      return await runExport(keptData(settings), exportOptionsOf(parsed));
    default:
      return await serve(settings, () => settingsOf(parsed));
  }
});

/** Files that the settings name are looked at as well. */
function runConfig(settings: Settings, what: string): number {
  if (what !== 'show' && what !== 'check') {
    throw new ExitError(exitCodes.usage, `config ${what} is not known: show or check`);
  }
  certificateOf(settings);
  const text = what === 'show' ? JSON.stringify(settings, null, 2) : 'the settings can be used';
  process.stdout.write(`${text}\n`);
  return exitCodes.ok;
}

function keptData({ store, data }: Settings): KeptData {
  return storageKind(store).keptIn(data);
}

/** `readSettings` reads them again from where they came. */
async function serve(settings: Settings, readSettings: () => Settings): Promise<number> {
  const logger = createLogger(settings.logLevel);
  const server = await start(settings, logger);
  // Who reads where it listens may send it signals.
  const stopped = stopSignal();
  // For a daemon it means "read your files again". It never ends the server, not even when it comes
  // from a terminal that was closed: without a listener, the process would end without draining.
  process.on('SIGHUP', () => {
    const signal = 'SIGHUP';
    try {
      const { logLevel, ...read } = readSettings();
      const needRestart = server.reload(read);
      if (logLevel !== settings.logLevel) needRestart.push('logLevel');
      const done = 'settings and files were read again; the server continues';
      if (needRestart.length === 0) logger.info({ signal }, done);
      else logger.warn({ signal, needRestart }, `${done}; some settings need a restart`);
    } catch (error) {
      const problem = (error as Error).message;
      logger.error({ signal, problem }, 'settings cannot be used; the server continues as before');
    }
  });
  for (const url of server.urls) process.stdout.write(`listening on ${url}\n`);
  await stopped;
  await server.close();
  // What may still be open then, like the last words on a connection, is not waited for.
  setTimeout(() => process.exit(), exitGraceMs).unref();
  return exitCodes.ok;
}

async function start(settings: Settings, logger: Logger): Promise<ChatServer> {
  try {
    const { logLevel: _, ...options } = settings;
    return await createServer({ ...options, logger });
  } catch (error) {
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

/** Flags win over the environment, that over the file, and that over the defaults. */
function settingsOf(parsed: ParsedArguments): Settings {
  const flags: Source = {
    values: Object.fromEntries(settingNames.map((name) => [name, parsed[flagOf(name)]])),
    nameOf: (name) => `--${flagOf(name)}`,
  };
  const { TCP_CHAT_CONFIG: fileOfEnvironment, ...environment } = process.env;
  const path = (parsed['config'] as string | undefined) ?? fileOfEnvironment;
  const file = path === undefined ? [] : [fileSource(readConfig(path), path)];
  return settingsFrom(...file, environmentSource(environment), flags);
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ExitError(exitCodes.usage, `cannot read --config: ${(error as Error).message}`);
  }
}

function optionOf(name: SettingName): CommandLine['options'][string] {
  const { default: fallback, help } = schema[name];
  const unit = 'unit' in schema[name] ? ` ${schema[name].unit}` : '';
  const facts = { describe: help, defaultDescription: `${fallback}${unit}` };
  if (typeof fallback === 'boolean') return { ...facts, type: 'boolean' };
  // Numbers, too, are read by the schema, which knows their range.
  if (!('isList' in schema[name])) return { ...facts, type: 'string', requiresArg: true };
  // Of each flag one value: what follows may be a command.
  return { ...facts, type: 'string', array: true, nargs: 1 };
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
