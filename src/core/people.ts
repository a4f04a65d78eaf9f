import { guestPrefix } from '../protocol/limits.js';
import type { Names } from './names.js';

/** A room, as far as a person is in it. */
export interface VisitedRoom {
  readonly presence: { renamed(before: string, name: string): void };
}

/** A session of a person. */
export interface OnDevice {
  /** Which of the person's devices it is on; see Hello.device in chat.proto. */
  readonly device: string;
  /** The place of its hello among all that were taken; see `People.place`. */
  readonly helloPlace: number;
}

/**
 * Somebody, on one device or on several: with one name, and one member of each room that
 * any of them is in.
 */
export class Person<Session extends OnDevice = OnDevice> {
  /** Unlike anybody else's, for ever. */
  readonly id: string;
  /** The name that the person chose; empty for a guest. */
  chosenName = '';
  /** Those that stand, by their devices. */
  readonly sessions = new Map<string, Session>();
  /** In how many sessions the person is in each room. */
  readonly #rooms = new Map<VisitedRoom, number>();

  constructor(id: string) {
    this.id = id;
  }

  /** What others see. */
  get name(): string {
    return this.chosenName || guestNameOf(this.id);
  }

  /** One of the sessions enters a room; returns whether it is the first one there. */
  enter(room: VisitedRoom): boolean {
    const before = this.#rooms.get(room) ?? 0;
    this.#rooms.set(room, before + 1);
    return before === 0;
  }

  /** One of the sessions leaves a room; returns whether it was the last one there. */
  leave(room: VisitedRoom): boolean {
    const after = (this.#rooms.get(room) ?? 1) - 1;
    if (after > 0) this.#rooms.set(room, after);
    else this.#rooms.delete(room);
    return after === 0;
  }

  /** Has another name from now on; those in the same rooms are told, if they want to know. */
  rename(chosenName: string): void {
    const before = this.name;
    this.chosenName = chosenName;
    if (this.name === before) return;
    for (const room of this.#rooms.keys()) room.presence.renamed(before, this.name);
  }
}

/** The name of somebody who chose none. */
export function guestNameOf(id: string): string {
  return guestPrefix + id;
}

/** Whose the ids of messages are that are sent from a device; see `Draft.author`. */
export function authorOf(personId: string, device: string): string {
  // Messages of before there were devices have the person alone.
  return device === '' ? personId : `${personId}/${device}`;
}

/** The persons who are here, by their ids. */
export class People<Session extends OnDevice> {
  readonly #names: Pick<Names, 'came' | 'left'>;
  readonly #persons = new Map<string, Person<Session>>();
  #hellosEver = 0;

  constructor(names: Pick<Names, 'came' | 'left'>) {
    this.#names = names;
  }

  get(id: string): Person<Session> | undefined {
    return this.#persons.get(id);
  }

  /** The place of a hello that has come now, among all of them. */
  place(): number {
    this.#hellosEver += 1;
    return this.#hellosEver;
  }

  /** Whether a session on the same device stands that has said its hello later than this one. */
  isOvertaken(id: string, device: string, { helloPlace }: Pick<Session, 'helloPlace'>): boolean {
    const present = this.#persons.get(id)?.sessions.get(device);
    return present !== undefined && present.helloPlace > helloPlace;
  }

  /**
   * A session of a person stands from now on. Returns the person, and the session on the same
   * device whose place it takes.
   */
  arrive(id: string, session: Session): { person: Person<Session>; before: Session | undefined } {
    let person = this.#persons.get(id);
    if (person === undefined) {
      person = new Person(id);
      this.#persons.set(id, person);
      this.#names.came(id);
    }
    const before = person.sessions.get(session.device);
    person.sessions.set(session.device, session);
    return { person, before };
  }

  /** A session of a person has ended. */
  depart(person: Person<Session>, session: Session): void {
    const { id, sessions } = person;
    // Another one may have taken its place.
    if (sessions.get(session.device) !== session) return;
    sessions.delete(session.device);
    if (sessions.size > 0) return;
    this.#persons.delete(id);
    this.#names.left(id);
  }
}
