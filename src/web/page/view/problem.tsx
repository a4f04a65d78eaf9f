import type { VNode } from 'preact';

/** What is wrong with a field, which names this by its id; read out when it comes. */
export function Problem({ id, text }: { readonly id: string; readonly text: string }): VNode {
  return (
    <div id={id} class="problem" role="alert">
      {text !== '' && <p class="sentence">{text}</p>}
    </div>
  );
}
