import { Kept, type KeptIn } from '../../model/kept.js';
import {
  readDrafts,
  readIdentity,
  readPreferences,
  readRooms,
  readTab,
  readVisit,
  type Drafts,
  type KeptIdentity,
  type KeptPreferences,
  type KeptRooms,
  type KeptTab,
  type KeptVisit,
} from '../../model/kept-values.js';

/** All that this browser keeps of the page. Its tabs share it, but for what is of one tab. */
export interface KeptHere {
  readonly identity: Kept<KeptIdentity | undefined>;
  readonly rooms: Kept<KeptRooms>;
  readonly drafts: Kept<Drafts>;
  readonly preferences: Kept<KeptPreferences>;
  /** The tabs with a slot, whose first is 1. Only who has the slot writes. */
  readonly slots: ReadonlyArray<Kept<KeptTab>>;
  /** This tab, where there are no slots. */
  readonly tab: Kept<KeptTab>;
  readonly visit: Kept<KeptVisit>;
}

/** More tabs than anybody has; the ones beyond keep nothing. */
const slotsMax = 100;

/** What is kept in the browser's storages, if it lets the page have them. */
export function keptHere(): KeptHere {
  const local = storageOf(() => window.localStorage);
  const session = storageOf(() => window.sessionStorage);
  return {
    identity: new Kept(local, 'identity', readIdentity),
    rooms: new Kept(local, 'rooms', readRooms),
    drafts: new Kept(local, 'drafts', readDrafts),
    preferences: new Kept(local, 'preferences', readPreferences),
    slots: Array.from({ length: slotsMax }, (_, index) => {
      return new Kept(local, `tab.${index + 1}`, readTab);
    }),
    tab: new Kept(session, 'tab', readTab),
    visit: new Kept(session, 'visit', readVisit),
  };
}

/** Calls back when another tab has written a value. */
export function watch(value: Kept<unknown>, changed: () => void): void {
  window.addEventListener('storage', ({ key }) => {
    if (key === value.key || key === null) changed();
  });
}

function storageOf(storage: () => KeptIn): KeptIn | undefined {
  try {
    return storage();
  } catch {
    return undefined; // where cookies are forbidden even the look at it throws
  }
}
