/** Throws unless something holds that has to hold between any two events. */
export function invariant(holds: boolean, what: string): void {
  if (!holds) throw new Error(`broken invariant: ${what}`);
}
