import { readdirSync, readFileSync } from 'node:fs';

/** How the handles that the system gives to this process are shared out. */
export interface HandlePlan {
  /** How many the process may have; undefined where that is not known. */
  readonly openFilesMax: number | undefined;
  /** Sockets, of sessions and requests. */
  readonly socketsMax: number;
  /** Sockets beside those, of connections that are being refused. */
  readonly lingeringMax: number;
  readonly transcriptsMax: number;
}

/** For the database, the listeners, the page's files, and what Node opens by itself. */
const reserve = 32;

const transcriptsMax = 64;
const lingeringMax = 1000;

/**
 * Shares out what this process may still open. Where the limit is not known, as it is on Linux
 * alone, sockets are not limited by it.
 */
export function planHandles(openFilesMax = limitOfProcess()): HandlePlan {
  if (openFilesMax === undefined) {
    return { openFilesMax, socketsMax: Infinity, lingeringMax, transcriptsMax };
  }
  const share = Math.max(1, Math.floor(openFilesMax / 8));
  const plan = {
    lingeringMax: Math.min(lingeringMax, share),
    transcriptsMax: Math.min(transcriptsMax, share),
  };
  const others = openNow() + reserve + plan.lingeringMax + plan.transcriptsMax;
  return { openFilesMax, ...plan, socketsMax: Math.max(1, openFilesMax - others) };
}

/** The soft limit, which Node raises to the hard one when it starts. */
function limitOfProcess(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const found = /^Max open files\s+(\d+)/m.exec(limits);
    return found === null ? undefined : Number(found[1]);
  } catch {
    return undefined; // no Linux
  }
}

function openNow(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0; // no Linux
  }
}
