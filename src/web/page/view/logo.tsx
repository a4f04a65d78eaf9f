import type { VNode } from 'preact';

/** The drawing of the tab's icon. */
export function Logo(): VNode {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M8 3h16a6 6 0 0 1 6 6v9a6 6 0 0 1-6 6h-9l-7 6v-6a6 6 0 0 1-6-6V9a6 6 0 0 1 6-6z" />
      <path class="lines" d="M9 11h14M9 16.5h9" />
    </svg>
  );
}
