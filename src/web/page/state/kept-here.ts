import { Kept, type KeptIn } from '../../model/kept.js';
import {
  readDrafts,
  readIdentity,
  readOwnMessages,
  readPreferences,
  readRooms,
  type Drafts,
  type KeptIdentity,
  type KeptPreferences,
  type KeptRooms,
} from '../../model/kept-values.js';
import type { OwnMessage } from '../../model/own-messages.js';

/** All that this browser keeps of the page. */
export interface KeptHere {
  readonly identity: Kept<KeptIdentity | undefined>;
  readonly rooms: Kept<KeptRooms>;
  readonly drafts: Kept<Drafts>;
  /** What was sent and not confirmed. */
  readonly ownMessages: Kept<readonly OwnMessage[]>;
  readonly preferences: Kept<KeptPreferences>;
}

/** What is kept in the browser's storage, if it lets the page have one. */
export function keptHere(): KeptHere {
  const storage = storageOf(window);
  return {
    identity: new Kept(storage, 'identity', readIdentity),
    rooms: new Kept(storage, 'rooms', readRooms),
    drafts: new Kept(storage, 'drafts', readDrafts),
    ownMessages: new Kept(storage, 'own-messages', readOwnMessages),
    preferences: new Kept(storage, 'preferences', readPreferences),
  };
}

function storageOf(page: Window): KeptIn | undefined {
  try {
    return page.localStorage;
  } catch {
    return undefined; // where cookies are forbidden even the look at it throws
  }
}
