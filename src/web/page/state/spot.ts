import { dividerKey } from '../../model/rows.js';

/** Where in a room one is: at its end, or with some row at that distance from the top. */
export type Spot = 'end' | { readonly key: string; readonly offsetPx: number };

/** At the line above what is new, with a little of what was read before. */
export const dividerSpot: Spot = { key: dividerKey, offsetPx: 120 };
