import type { WeaponSpec } from './support/weapon.js';
import type { RequestsSpec } from './weapons/requests.js';

/** An attack as part of the name of a test. */
export interface SmallAttack {
  readonly name: string;
  readonly weapon: WeaponSpec;
  /** Whether a server is told to end while it lasts; one of each sort is enough. */
  readonly isEndedIn?: boolean;
}

/**
 * The attacks in forms that are over soon, and in which all that the server owes can be read:
 * a session is served 800 requests at once and 200 in each second after that.
 */
const unread = { kind: 'requests', reading: 'nothing', isNumbered: true } as const;
const pages = { messages: 120, bytes: 4000 };

export const requestAttacks: readonly SmallAttack[] = [
  // 15 MB of pages for each.
  requests('do not read the pages that they ask for', {
    request: 'fetch',
    sessions: 14,
    perSession: 250,
    history: pages,
  }),
  // 14 kB in each answer.
  requests('do not read the lists of 400 members that they ask for', {
    request: 'members',
    sessions: 30,
    perSession: 360,
    people: 400,
    haveLongNames: true,
  }),
  requests('join the same room again and again, and do not read who is there', {
    request: 'join with presence',
    sessions: 30,
    perSession: 360,
    people: 400,
    haveLongNames: true,
  }),
  requests('join a room of 5 MB again and again from its beginning, and do not read', {
    request: 'join with history',
    sessions: 10,
    perSession: 100,
    history: { messages: 1250, bytes: 4000 },
  }),
  requests('do not read the 2 MB of echoes that each asks for', {
    request: 'large echo',
    sessions: 100,
    perSession: 500,
  }),
  {
    name: 'read the pages that they ask for a little at a time',
    weapon: {
      ...unread,
      request: 'fetch',
      sessions: 16,
      perSession: 200,
      reading: 'trickle',
      history: pages,
    },
  },
];

export const webSocketAttacks: readonly SmallAttack[] = [
  // 210 kB each; only the first answers are awaited.
  {
    name: 'write 30,000 messages of a byte each at once',
    isEndedIn: true,
    weapon: {
      kind: 'websockets',
      say: 'binary',
      connections: 100,
      perConnection: 30_000,
      isReading: false,
    },
  },
  {
    name: 'write 35,000 pings at once',
    weapon: {
      kind: 'websockets',
      say: 'ping',
      connections: 60,
      perConnection: 35_000,
      isReading: false,
    },
  },
  {
    name: 'write 30,000 messages of a byte each to /echo at once',
    isEndedIn: true,
    weapon: {
      kind: 'websockets',
      say: 'echo',
      connections: 60,
      perConnection: 30_000,
      isReading: false,
    },
  },
  {
    name: 'broadcast 800 lines of a byte each at once, and do not read',
    weapon: {
      kind: 'websockets',
      say: 'line',
      connections: 20,
      perConnection: 800,
      isReading: false,
    },
  },
  {
    name: 'write 64 KB of tiny JSON messages at once',
    weapon: {
      kind: 'websockets',
      say: 'json',
      connections: 160,
      perConnection: 3120,
      isReading: false,
    },
  },
  {
    name: 'write 60 KB of a message in 1,000 fragments, and stop',
    weapon: {
      kind: 'websockets',
      say: 'fragment',
      connections: 200,
      perConnection: 1000,
      fragmentBytes: 60,
      isReading: false,
    },
  },
];

export const comingAttacks: readonly SmallAttack[] = [
  {
    name: 'each have one page on its way all the time',
    isEndedIn: true,
    weapon: { kind: 'fetch-loop', sessions: 100, history: { messages: 2000, bytes: 200 } },
  },
  {
    name: 'join and leave a room whose 100 members are told of it',
    isEndedIn: true,
    weapon: { kind: 'churn', sessions: 40, watchers: 100 },
  },
  {
    name: 'ask for pages, end their side at once and read late',
    isEndedIn: true,
    weapon: { kind: 'comers', how: 'half-open', connections: 24, requests: 150, history: pages },
  },
  {
    name: 'say hello and are gone, which 100 others are told',
    weapon: { kind: 'comers', how: 'away', connections: 20, watchers: 100 },
  },
  {
    name: 'take each other’s place under the same token',
    weapon: { kind: 'comers', how: 'same token', connections: 20, watchers: 100 },
  },
  {
    name: 'join and leave rooms that nobody has been in',
    weapon: { kind: 'room-names', sessions: 50, perSession: 200, isReading: false },
  },
];

function requests(
  name: string,
  more: Pick<RequestsSpec, 'request' | 'sessions' | 'perSession'> & Partial<RequestsSpec>,
): SmallAttack {
  return {
    name,
    weapon: { ...unread, ...more },
    isEndedIn: more.request !== 'members' && more.request !== 'join with history',
  };
}
