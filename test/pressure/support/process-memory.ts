// What Linux tells about the memory of a process.
import { readFileSync, writeFileSync } from 'node:fs';

/** Resident bytes: now, and the most since the last `forgetPeak`. */
export interface ProcessMemory {
  readonly bytes: number;
  readonly peakBytes: number;
}

export function memoryOf(pid: number): ProcessMemory {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const field = (name: string): number => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
    if (kibibytes === undefined) throw new Error(`process ${pid} is gone`);
    return Number(kibibytes) * 1024;
  };
  return { bytes: field('VmRSS'), peakBytes: field('VmHWM') };
}

/** The peak is what is resident now (proc_pid_clear_refs(5)). */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
