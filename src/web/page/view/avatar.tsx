import type { VNode } from 'preact';
import { initialOf, toneOf } from '../../model/looks.js';

/** A circle that stands for somebody, beside their name. */
export function Avatar({ name }: { readonly name: string }): VNode {
  return (
    <span class={`avatar tone-${toneOf(name)}`} aria-hidden="true">
      {initialOf(name)}
    </span>
  );
}
