import { ChatError } from '../protocol/errors.js';
import { ErrorCode } from '../protocol/messages.js';
import type { Authenticator, Observer } from './ports.js';
import type { Person } from './people.js';
import { takeName, type NamingParts } from './naming.js';
import type { ControlOf, DeferredReply } from './request.js';
import type { Session } from './session.js';

/** What a change of names needs. */
export interface RenameParts extends NamingParts {
  readonly observer: Observer;
  readonly authenticator: Authenticator;
}

/** Gives the person of a session another name, on all devices. */
export function runRename(
  parts: RenameParts,
  session: Session,
  { rename }: ControlOf<'rename'>,
  id: string,
): DeferredReply {
  if (session.login !== '') {
    const sentence = 'the name of an account does not change';
    throw new ChatError(ErrorCode.ERROR_CODE_NOT_ALLOWED, sentence);
  }
  // Only full sessions get here, and those have one.
  const person = session.person!;
  return nameOf(parts, session, person.id, rename.name).then((name) => () => {
    applyName(parts, person, name, session);
    parts.observer.named?.(session);
    if (session.takesMessages) session.reply({ id, control: renamed(parts, person) });
  });
}

/** Takes the name that is asked for, or gives the present one up. */
async function nameOf(
  parts: RenameParts,
  { ordinal }: Session,
  person: string,
  wanted: string,
): Promise<string> {
  if (wanted !== '') return await takeName(parts, { person, ordinal, isKept: true }, wanted);
  parts.names.release(person);
  return '';
}

/** A person has a name from now on: those in its rooms are told, and its sessions but for one. */
export function applyName(
  parts: Pick<RenameParts, 'authenticator'>,
  person: Person<Session>,
  name: string,
  except: Session,
): void {
  if (person.chosenName === name) return;
  person.rename(name);
  const others = Array.from(person.sessions.values()).filter((other) => other !== except);
  if (others.length === 0) return;
  const control = renamed(parts, person);
  for (const other of others) if (other.takesMessages) other.tell({ control });
}

function renamed(
  { authenticator }: Pick<RenameParts, 'authenticator'>,
  { id, chosenName, name }: Person<Session>,
): { $case: 'renamed'; renamed: { name: string; token: string } } {
  const token = authenticator.issue({ person: id, name: chosenName });
  return { $case: 'renamed', renamed: { name, token } };
}
