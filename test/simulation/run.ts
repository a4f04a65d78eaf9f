import { GreedyPerson } from './greedy.js';
import { BarePerson } from './bare-person.js';
import { Person, type Sent } from './people.js';
import { checkAcks, checkBare, checkRooms, checkTexts } from './verdict.js';
import { World } from './world.js';

/** What a run was like. */
export interface RunFacts {
  readonly events: number;
  readonly crashes: number;
  readonly acked: number;
  readonly delivered: number;
  /** Those deliveries that were no messages. */
  readonly changes: number;
  readonly gaps: number;
}

const stormMs = 30_000;
const eventsMax = 300_000;
const roomNames = ['lobby', 'dev', 'a.room'];

/**
 * One run: people chat, and some ask for much and do not read, while connections break, the
 * disk fails and the server crashes; then the storm is over, everybody gets everything, and
 * the promise is checked. The seed decides everything. Throws when the promise was broken.
 */
export async function simulate(seed: number): Promise<RunFacts> {
  const world = new World(seed);
  const { random, scheduler } = world;
  const sent: Sent = new Set();
  const rooms = roomNames.slice(0, random.integer(1, roomNames.length));
  const people = peopleIn(world, rooms, sent);
  const bares = Array.from(
    { length: random.integer(0, 2) },
    (_, index) => new BarePerson(world, `bare${index}`, sent),
  );

  const greedy = Array.from(
    { length: random.integer(0, 2) },
    (_, index) => new GreedyPerson(world, `greedy${index}`, random.one(rooms)),
  );

  const check = (): boolean => {
    if (world.problem !== undefined) throw world.problem;
    world.check();
    return false;
  };
  let crashes = 0;
  let isOver = false;
  const lives = [
    ...people.map(async (person) => person.live(random.integer(1, 40), stormMs)),
    ...bares.map(async (bare) => bare.live(random.integer(1, 20), stormMs)),
    ...greedy.map(async (one) => one.live(random.integer(1, 4))),
    havoc(world, () => (crashes += 1)).then(() => (isOver = true)),
  ];
  for (const life of lives) life.catch(world.fail);

  const passed = async (what: string, done: () => boolean): Promise<void> => {
    try {
      await scheduler.run(() => check() || done(), eventsMax, what);
    } catch (error) {
      const records = people.map(({ record, isDone }) => `${String(record)}, done ${isDone}`);
      throw new Error(`${(error as Error).message} (${records.join('; ')})`, { cause: error });
    }
  };
  await passed('the storm', () => scheduler.nowMs > stormMs && isOver);
  world.isCalm = true;
  await passed('sending', () => people.every(({ isDone }) => isDone));
  await passed('reading', () => people.every(({ record }) => record!.isComplete()));

  await passed('answers', () => greedy.every(({ isAnswered }) => isAnswered));

  // All are live: what is said now reaches everybody.
  let said = 0;
  for (const person of people) {
    void person
      .say(`${person.name} says bye`, person.rooms[0]!)
      .then(() => (said += 1), world.fail);
  }
  await passed('a last word', () => said === people.length);
  await passed('hearing it', () => people.every(({ record }) => record!.isComplete()));

  // Who comes only now, and reads from the beginning, has the same as who was always there.
  const newcomer = new Person(
    world,
    { name: 'newcomer', device: '', own: [] },
    { rooms, isSlow: world.whims.chance(0.5) },
    sent,
  );
  const beginning = { epoch: world.disk.epoch, seq: 0 };
  newcomer.come(new Map(rooms.map((room) => [room, beginning]))).catch(world.fail);
  people.push(newcomer);
  await passed('reading it all', () => newcomer.record?.isComplete() === true);

  checkAcks(world, people);
  checkRooms(world, sent);
  for (const { record } of people) checkTexts(world, record!);
  for (const bare of bares) checkBare(world, bare);

  // Nobody is left behind.
  for (const { client } of people) client!.close().catch(world.fail);
  for (const one of [...bares, ...greedy]) one.leave();
  await passed('leaving', () => world.sessionCount === 0 && world.bytesHeld === 0);
  return {
    events: scheduler.events,
    crashes,
    acked: sum(people.map(({ acked }) => acked.length)),
    delivered: sum(people.map(({ record }) => record!.messages + record!.changes)),
    changes: sum(people.map(({ record }) => record!.changes)),
    gaps: sum(people.map(({ record }) => record!.gaps)),
  };
}

/** Some with the client library, one of them perhaps on two devices. */
function peopleIn(world: World, rooms: readonly string[], sent: Sent): Person[] {
  const { random, whims } = world;
  const people: Person[] = [];
  for (let index = 0, count = random.integer(2, 5); index < count; index += 1) {
    const own = rooms.filter(() => random.chance(0.7));
    const place = { rooms: own.length > 0 ? own : rooms, isSlow: random.chance(0.25) };
    const who = { name: `person${index}`, device: '', own: [] };
    people.push(new Person(world, who, place, sent));
    if (index > 0 || whims.chance(0.6)) continue;
    const isSlow = whims.chance(0.25);
    people.push(new Person(world, { ...who, device: 'phone' }, { rooms, isSlow }, sent));
  }
  return people;
}

async function havoc(world: World, count: () => void): Promise<void> {
  const { random } = world;
  await world.start();
  for (let left = random.integer(0, 3); left > 0; left -= 1) {
    await world.delay(random.integer(0, stormMs / 3));
    count();
    if (random.chance(0.7)) world.crash();
    else await world.stop();
    await world.delay(random.one([0, 100, 3000]));
    await world.start();
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
