import type { WeaponSpec } from './support/weapon.js';

/** One way to press a server hard by doing nothing that is forbidden. */
export interface Attack {
  readonly name: string;
  readonly weapon: WeaponSpec;
  /** Whether it takes so much of a machine that it has to be asked for. */
  readonly isLong?: boolean;
}

/** As many as fit in 60 KB, which a server may read at once. */
const chunkBytes = 60_000;
const perChunk = (requestBytes: number): number => Math.floor(chunkBytes / requestBytes);

const pages = { messages: 120, bytes: 4000 };

/** What 210 kB are of the smallest WebSocket messages, whose payload is one byte. */
const tinyMessages = 30_000;

/** In full size. The tests have smaller forms of most, in which all that is owed is read. */
export const attacks: readonly Attack[] = [
  { name: 'fetch, 10 unread', weapon: fetchFlood(10) },
  { name: 'fetch, 20 unread', weapon: fetchFlood(20) },
  { name: 'members, 10 unread', weapon: membersFlood(10, 'nothing') },
  { name: 'members, 10 read', weapon: membersFlood(10, 'all') },
  {
    name: 'members, 800 in a packet',
    weapon: { ...membersFlood(1, 'all'), perSession: 800 },
  },
  {
    name: 'join with presence, 10 unread',
    weapon: {
      kind: 'requests',
      request: 'join with presence',
      sessions: 10,
      perSession: perChunk(11),
      reading: 'nothing',
      people: 900,
    },
  },
  { name: 'tiny binary, 1,000 unread', weapon: tiny('binary', 1000) },
  { name: 'tiny lines, 1,000 unread', weapon: tiny('line', 1000) },
  { name: 'tiny pings, 1,000 unread', weapon: tiny('ping', 1000) },
  { name: 'tiny binary, 4,000 unread', weapon: tiny('binary', 4000), isLong: true },
  { name: 'tiny lines, 4,000 unread', weapon: tiny('line', 4000), isLong: true },
  { name: 'tiny pings, 4,000 unread', weapon: tiny('ping', 4000), isLong: true },
  {
    name: 'fetch, 500 one by one',
    weapon: { kind: 'fetch-loop', sessions: 500, history: { messages: 2000, bytes: 200 } },
  },
  {
    name: 'large echoes, 200 unread',
    weapon: {
      kind: 'requests',
      request: 'large echo',
      sessions: 200,
      perSession: 500,
      reading: 'nothing',
    },
  },
  { name: 'join and leave, 300 told', weapon: { kind: 'churn', sessions: 100, watchers: 300 } },
  {
    name: 'join with history, 10 unread',
    weapon: {
      kind: 'requests',
      request: 'join with history',
      sessions: 10,
      perSession: perChunk(14),
      reading: 'nothing',
      history: { messages: 1250, bytes: 4000 },
    },
  },
  {
    name: 'tiny JSON, 200 unread',
    weapon: {
      kind: 'websockets',
      say: 'json',
      connections: 200,
      perConnection: Math.floor(65_536 / 21),
      isReading: false,
    },
  },
  { name: 'half of a JSON, 200 of 60 pieces', weapon: fragments(60, 1000) },
  { name: 'half of a JSON, 200 of 1,000 pieces', weapon: fragments(1000, 60) },
  // From here on: found by reading chat.proto.
  {
    name: 'fetch, 100 read at 20 kB/s',
    weapon: { ...fetchFlood(100), perSession: perChunk(9), reading: 'trickle' },
  },
  {
    name: 'fetch and FIN, 50 unread',
    weapon: { kind: 'comers', how: 'half-open', connections: 50, requests: 500, history: pages },
  },
  {
    name: 'hello and away, 300 told',
    weapon: { kind: 'comers', how: 'away', connections: 50, watchers: 300 },
  },
  {
    name: 'same token, 300 told',
    weapon: { kind: 'comers', how: 'same token', connections: 50, watchers: 300 },
  },
  {
    name: 'members with long names, 20 unread',
    weapon: { ...membersFlood(20, 'nothing'), haveLongNames: true },
  },
  {
    name: 'room names, 100 unread',
    weapon: { kind: 'room-names', sessions: 100, perSession: perChunk(142), isReading: false },
  },
  { name: 'same id, 100 unread', weapon: small('same id', 100, perChunk(14)) },
  { name: 'hello with a taken name, 200', weapon: small('hello with a taken name', 200, 3500) },
  { name: 'hello again, 200 unread', weapon: small('hello again', 200, 3500) },
  { name: 'small broadcasts, 100 unread', weapon: small('small broadcast', 100, perChunk(6)) },
  { name: 'pings, 200 unread', weapon: small('ping', 200, perChunk(6)) },
  {
    name: 'tiny /echo, 1,000 unread',
    weapon: { ...tiny('echo', 1000) },
  },
  {
    name: 'metrics, 200 connections of 8',
    weapon: { kind: 'http', path: '/metrics', connections: 200, perConnection: 8 },
  },
];

function fetchFlood(sessions: number): Extract<WeaponSpec, { kind: 'requests' }> {
  return {
    kind: 'requests',
    request: 'fetch',
    sessions,
    perSession: perChunk(9),
    reading: 'nothing',
    history: pages,
  };
}

function membersFlood(
  sessions: number,
  reading: 'all' | 'nothing',
): Extract<WeaponSpec, { kind: 'requests' }> {
  return {
    kind: 'requests',
    request: 'members',
    sessions,
    perSession: perChunk(4),
    reading,
    people: 900,
  };
}

function tiny(say: 'binary' | 'line' | 'ping' | 'echo', connections: number): WeaponSpec {
  const perConnection = say === 'ping' ? (tinyMessages * 7) / 6 : tinyMessages;
  return { kind: 'websockets', say, connections, perConnection, isReading: false };
}

function fragments(perConnection: number, fragmentBytes: number): WeaponSpec {
  return {
    kind: 'websockets',
    say: 'fragment',
    connections: 200,
    perConnection,
    fragmentBytes,
    isReading: false,
  };
}

function small(
  request: 'same id' | 'hello with a taken name' | 'hello again' | 'small broadcast' | 'ping',
  sessions: number,
  perSession: number,
): WeaponSpec {
  return { kind: 'requests', request, sessions, perSession, reading: 'nothing' };
}
