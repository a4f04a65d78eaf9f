// What Linux tells about a process.
import { readFileSync } from 'node:fs';

/** Fixed for user space on all architectures that Node runs on. */
const ticksPerSecond = 100;

/** CPU time that all threads of a process have used so far, in microseconds. */
export function cpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field is the program's name, and may hold anything; fields count from 1.
  const fieldsFrom3 = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fieldsFrom3[14 - 3]) + Number(fieldsFrom3[15 - 3]);
  return (ticks * 1e6) / ticksPerSecond;
}

/** How many writes all threads of a process have asked for so far, on sockets and on files. */
export function writes(pid: number): number {
  const io = readFileSync(`/proc/${pid}/io`, 'latin1');
  return Number(/^syscw: (\d+)$/m.exec(io)?.[1]);
}

/** Time that these cores were busy since the machine started, with anything, in microseconds. */
export function busyUs(cores: readonly number[]): number {
  const stat = readFileSync('/proc/stat', 'latin1');
  let ticks = 0;
  for (const core of cores) {
    const numbers = new RegExp(`^cpu${core} (.*)$`, 'm').exec(stat)?.[1]?.split(' ').map(Number);
    const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = numbers ?? [];
    ticks += user + nice + system + irq + softIrq + steal;
  }
  return (ticks * 1e6) / ticksPerSecond;
}

/** Resident memory of a process, in bytes. What the kernel holds for its sockets is not in it. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kibibytes === undefined) throw new Error(`process ${pid} is gone`);
  return Number(kibibytes) * 1024;
}
