import { pino, stdTimeFunctions } from 'pino';
import pretty from 'pino-pretty';
import { ConfigError } from '../config.js';
import type { Logger } from '../server.js';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Logs to stderr: lines of JSON, or readable ones where a terminal shows them. */
export function createLogger(level: string): Logger {
  if (!levels.includes(level)) {
    throw new ConfigError(`the log level must be one of ${levels.join(', ')}`);
  }
  const destination = process.stderr.isTTY
    ? pretty({ destination: 2, sync: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l' })
    : pino.destination({ dest: 2, sync: true });
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}
