/**
 * Gives a field the focus before anybody has asked for it. Not where that would bring up a
 * keyboard on the screen.
 */
export function focusUnasked(field: HTMLElement | null): void {
  if (window.matchMedia('(pointer: fine)').matches) field?.focus({ preventScroll: true });
}
