import type { Kept } from '../../model/kept.js';
import type { KeptTab, KeptVisit } from '../../model/kept-values.js';
import type { KeptHere } from './kept-here.js';
import { randomId } from './random-id.js';

/** This tab: a device of its own to the server, with messages of its own. */
export interface Tab {
  readonly device: string;
  readonly kept: Kept<KeptTab>;
}

/** How long a page waits for the one before it, in the same tab, to let go of its slot. */
const handoverMs = 2000;

/**
 * Finds out which tab this is. The tabs of a browser have slots, each with a device and what
 * was sent from it and not confirmed. A lock says whether a slot is free, so that it is right
 * also for copies of tabs and for tabs that have crashed; a new tab takes over what a closed one
 * has left. Browsers have no locks for pages that come over plain HTTP from elsewhere; then the
 * device and the messages are of the tab alone.
 */
export async function takeTab(kept: KeptHere): Promise<Tab> {
  const visit = kept.visit.read();
  const slot = await takeSlot(kept.slots, visit);
  const tab = kept.slots[slot - 1] ?? kept.tab;
  // What a copy of a tab finds belongs to the tab that it was copied from.
  const isOurs = slot > 0 || visit.hasLeft || isReload();
  const before = tab.read();
  const device = (isOurs && before.device) || randomId();
  tab.write(device === before.device ? before : { device, person: '', messages: [] });
  const leave = (hasLeft: boolean): void => {
    kept.visit.update((now) => ({ ...now, slot, hasLeft }));
  };
  leave(false);
  window.addEventListener('pagehide', () => leave(true));
  // If it was kept for the way back, its slot may be taken by now.
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) window.location.reload();
  });
  return { device, kept: tab };
}

/** Takes a slot for as long as the page lives; returns its number, 0 where there are no locks. */
async function takeSlot(
  slots: KeptHere['slots'],
  { slot: before, hasLeft }: KeptVisit,
): Promise<number> {
  // The compiler takes every context for a secure one.
  if ((navigator.locks as LockManager | undefined) === undefined) return 0;
  const all = slots.map((_, index) => index + 1);
  const waiting = all.filter((slot) => slots[slot - 1]!.read().messages.length > 0);
  try {
    if (before > 0 && (await takeLock(before, hasLeft))) return before;
    for (const slot of [...waiting, ...all]) if (await takeLock(slot, false)) return slot;
  } catch {
    // This browser does not let the page have any.
  }
  return 0;
}

/** Returns whether it is taken, perhaps after having waited for it. */
async function takeLock(slot: number, waits: boolean): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    const hold = async (lock: Lock | null): Promise<void> => {
      resolve(lock !== null);
      if (lock === null) return;
      await new Promise((release) => window.addEventListener('pagehide', release));
    };
    const options = waits ? { signal: AbortSignal.timeout(handoverMs) } : { ifAvailable: true };
    navigator.locks.request(`tcp-chat.tab.${slot}`, options, hold).catch((error: Error) => {
      if (waits) resolve(false);
      else reject(error);
    });
  });
}

function isReload(): boolean {
  const [navigation] = performance.getEntriesByType('navigation');
  return (navigation as PerformanceNavigationTiming | undefined)?.type === 'reload';
}
