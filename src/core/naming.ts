import { ChatError } from '../protocol/errors.js';
import type { SessionLimits } from '../protocol/limits.js';
import { ErrorCode } from '../protocol/messages.js';
import { normalizedName } from '../protocol/names.js';
import { looksLikeGuest, mixesScripts } from './look-alikes.js';
import type { Names } from './names.js';

/** Said of a name like `\u0430lice`, which begins with a Cyrillic letter. */
const mixed = 'a name must not mix letters of different scripts, such as Latin and Cyrillic';

/** Each candidate for a free name costs a look, and there may be many with such a name. */
const nearbyMax = 20;

/** What giving names needs. */
export interface NamingParts {
  readonly limits: SessionLimits;
  readonly names: Names;
}

/** Who wants a name. */
export interface Claimant {
  readonly person: string;
  /** Unlike that of other claimants of the time. */
  readonly ordinal: number;
  /** Whether the name is kept when the person has gone, which can prove who it is. */
  readonly isKept: boolean;
}

/**
 * Gives a person a name, and settles with it in the form in which it is kept. Nobody else
 * can take it from the moment of the call. Rejects with BAD_NAME and with NAME_IN_USE.
 */
export async function takeName(
  { limits, names }: NamingParts,
  { person, ordinal, isKept }: Claimant,
  wanted: string,
): Promise<string> {
  // It is not asked for, perhaps, by somebody who was a guest when that began.
  if (names.isForEver(person)) return names.of(person);
  const name = normalizedName(wanted, limits);
  if (name === undefined || looksLikeGuest(name)) {
    throw new ChatError(ErrorCode.ERROR_CODE_BAD_NAME);
  }
  if (mixesScripts(name)) throw new ChatError(ErrorCode.ERROR_CODE_BAD_NAME, mixed);
  const owner = names.ownerOf(name);
  if (owner !== undefined && owner !== person) {
    const suggestion = freeNameLike({ limits, names }, name, ordinal);
    const sentence = `the name ${names.of(owner)} belongs to somebody else`;
    throw new ChatError(ErrorCode.ERROR_CODE_NAME_IN_USE, sentence, { suggestion });
  }
  await names.take(person, name, isKept);
  return name;
}

/**
 * `alice2`, or whatever number is free; cut so that it stays a name. When the first
 * few are taken, `unlikely` is where the search goes on.
 */
function freeNameLike({ limits, names }: NamingParts, name: string, unlikely: number): string {
  const characters = Array.from(name.replace(/\d+$/, '') || name);
  for (let number = 2; ; number = number === nearbyMax ? unlikely + nearbyMax : number + 1) {
    const suffix = String(number);
    const base = characters.slice(0, limits.nameCharsMax - suffix.length).join('');
    const candidate = base + suffix;
    if (names.ownerOf(candidate) === undefined && !looksLikeGuest(candidate)) return candidate;
  }
}
