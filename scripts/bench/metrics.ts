// What is measured of a server, and how each value is written for people.

/** What a measurement yields; not every workload yields every one. */
export type Metric =
  /** Frames that arrived at clients, per second. */
  | 'rate'
  /** Microseconds of the server's CPU (user and system, all threads) per arrived frame. */
  | 'cpuUs'
  /** Microseconds from a message's sending to its arrival: the median of all deliveries. */
  | 'p50Us'
  /** As above: 99 of 100 deliveries were at most this late. */
  | 'p99Us'
  /** The longest of those. */
  | 'maxUs'
  /** 99 of 100 deliveries beside a session that reads nothing, in relation to those without. */
  | 'p99Share'
  /** Acked messages per second, or rows that a store has taken. */
  | 'ackRate'
  /** Microseconds of CPU, as above, per acked message. */
  | 'ackCpuUs'
  /** How many messages were in an append to the database, on average. */
  | 'rowsPerAppend'
  /** Pages of history per second. */
  | 'pageRate'
  /** Microseconds of CPU, as above, per page. */
  | 'pageCpuUs'
  /** Milliseconds until a session that had read nothing has caught up, or all that were lost have. */
  | 'catchUpMs'
  /** Messages that those have got in this time. */
  | 'caughtUp'
  /** The part of the time for which a session was not cut. */
  | 'heldShare'
  /** Bytes by which the server's resident memory grew at most while a session read nothing. */
  | 'memoryGrowthBytes'
  /** Bytes of resident memory in the server per connection. */
  | 'memoryBytes'
  /** Frames that arrived for each write of the server: how large its batches are. */
  | 'perWrite'
  /** How busy the server was: 1 is one core all of the time. */
  | 'serverCore'
  /** The same for the processes that make the load; together they share one core. */
  | 'loadCore'
  /** How busy others kept these two cores; what was measured is as doubtful as this is high. */
  | 'othersCore';

interface Presentation {
  readonly title: string;
  /** What the value is multiplied with, and the unit that it then has. */
  readonly unit: (value: number) => readonly [factor: number, unit: string];
  /** Whether contestants are compared in it, and which is better. */
  readonly better?: 'more' | 'less';
}

export const presentations: Readonly<Record<Metric, Presentation>> = {
  rate: {
    title: 'deliveries/s',
    unit: (value) => (value >= 1e6 ? [1e-6, ' M'] : [1e-3, ' k']),
    better: 'more',
  },
  cpuUs: { title: 'CPU per delivery', unit: () => [1, ' µs'], better: 'less' },
  p50Us: { title: 'p50', unit: () => [1e-3, ' ms'], better: 'less' },
  p99Us: { title: 'p99', unit: () => [1e-3, ' ms'], better: 'less' },
  maxUs: { title: 'longest', unit: () => [1e-3, ' ms'], better: 'less' },
  p99Share: { title: 'p99 to that without', unit: () => [1, ' x'], better: 'less' },
  ackRate: { title: 'acked/s', unit: () => [1e-3, ' k'], better: 'more' },
  ackCpuUs: { title: 'CPU per acked', unit: () => [1, ' µs'], better: 'less' },
  perWrite: { title: 'deliveries per write', unit: () => [1, ''] },
  rowsPerAppend: { title: 'rows per append', unit: () => [1, ''] },
  pageRate: { title: 'pages/s', unit: () => [1, ''], better: 'more' },
  pageCpuUs: { title: 'CPU per page', unit: () => [1e-3, ' ms'], better: 'less' },
  catchUpMs: { title: 'caught up in', unit: () => [1e-3, ' s'], better: 'less' },
  caughtUp: {
    title: 'messages caught up',
    unit: (value) => (value >= 1e6 ? [1e-6, ' M'] : [1e-3, ' k']),
  },
  heldShare: { title: 'held', unit: () => [100, ' %'], better: 'more' },
  memoryGrowthBytes: { title: 'memory growth', unit: () => [1e-6, ' MB'], better: 'less' },
  memoryBytes: { title: 'memory per connection', unit: () => [1e-3, ' kB'], better: 'less' },
  serverCore: { title: 'server core', unit: () => [100, ' %'] },
  loadCore: { title: 'load core', unit: () => [100, ' %'] },
  othersCore: { title: 'others', unit: () => [100, ' %'] },
};

export const metrics = Object.keys(presentations) as Metric[];

export function formatValue(metric: Metric, value: number | undefined): string {
  if (value === undefined) return '';
  const [factor, unit] = presentations[metric].unit(value);
  const scaled = value * factor;
  if (unit === ' %') return `${scaled.toFixed(0)}${unit}`;
  // Three digits that count, and no more than three after the point.
  const whole = Math.floor(Math.abs(scaled));
  const digits = whole === 0 ? 3 : Math.max(0, 3 - String(whole).length);
  return `${scaled.toFixed(digits)}${unit}`;
}
