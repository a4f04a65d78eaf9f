import { guestPrefix, type SessionLimits } from './limits.js';

/**
 * The form in which a name is shown and kept, or undefined for what cannot be a
 * name (Hello.name in chat.proto says what can).
 */
export function normalizedName(name: string, limits: SessionLimits): string | undefined {
  // Before it is normalized, which takes long for long series of marks.
  if (name.length > unitsPerCharMax * limits.nameCharsMax) return undefined;
  const normal = name.normalize('NFC');
  if (!namePattern.test(normal) || Array.from(normal).length > limits.nameCharsMax)
    return undefined;
  return nameKey(normal).startsWith(guestPrefix) ? undefined : normal;
}

/**
 * Names with the same key are the same name: case and compatibility forms do not tell people
 * apart. The server also knows which names look alike (core/look-alikes.ts).
 */
export function nameKey(name: string): string {
  // Up and down again, as some letters have two small forms: σ and ς.
  return name.normalize('NFKC').toUpperCase().toLowerCase();
}

/** Whether the server gave this name to a session that had none. */
export function isGuestName(name: string): boolean {
  return name.startsWith(guestPrefix);
}

/** Whether rooms can have this name (ChatMessage.room in chat.proto). */
export function isRoomName(name: string, limits: SessionLimits): boolean {
  return roomPattern.test(name) && name.length <= limits.roomBytesMax;
}

// A character that is taken apart, or outside of the basic plane.
const unitsPerCharMax = 4;

// Marks belong to the letters of many scripts; more than two on a letter would be drawn over
// the lines around it. What is not drawn at all would let names look alike. The mark U+0345 is
// a letter of its own in capitals, so a name with it would be another one there.
const namePattern =
  /^(?!.*\p{M}{3})(?!.*[\u0345\p{Default_Ignorable_Code_Point}])[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}._-]*$/u;
const roomPattern = /^[a-z0-9][a-z0-9._-]*$/;
