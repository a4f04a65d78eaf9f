import { pino, stdTimeFunctions } from 'pino';
import pretty from 'pino-pretty';
import type { Logger } from '../observers.js';
import type { Settings } from '../settings.js';

/** Where the level can change while it is used. */
export interface ProgramLogger extends Logger {
  level: string;
}

/** How it logs. */
export type LoggerOptions = Pick<Settings, 'logLevel' | 'logJson'>;

/** What waits to be written at most, when nobody reads the log; more than that is left out. */
const waitingBytesMax = 4 * 1024 * 1024;

/**
 * Logs to stderr: lines of JSON, or readable ones where a terminal shows them, unless `logJson`. The chat
 * neither waits for the log nor ends with it: what cannot be written is left out.
 */
export function createLogger({ logLevel, logJson }: LoggerOptions): ProgramLogger {
  const options = { dest: 2, sync: false, maxLength: waitingBytesMax };
  const destination = pino.destination(options);
  destination.on('error', () => {});
  return pino(
    {
      level: logLevel,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    process.stderr.isTTY && !logJson
      ? pretty({ destination, singleLine: true, translateTime: 'SYS:HH:MM:ss.l' })
      : destination,
  );
}
