import type { Control } from '../protocol/messages.js';

/** What a client can change in a room's log. */
export type LogChange =
  | { readonly kind: 'edit'; readonly seq: number; readonly content: string }
  | { readonly kind: 'remove'; readonly seq: number }
  | { readonly kind: 'topic'; readonly topic: string };

/** The request that makes a change. */
export function controlFor(room: string, change: LogChange): Control {
  switch (change.kind) {
    case 'edit':
      return { $case: 'edit', edit: { room, seq: change.seq, content: change.content } };
    case 'remove':
      return { $case: 'remove', remove: { room, seq: change.seq } };
    case 'topic':
      return { $case: 'setTopic', setTopic: { room, topic: change.topic } };
  }
}

/** The text in such a request. */
export function textOf(control: Control): string {
  if (control.$case === 'edit') return control.edit.content;
  return control.$case === 'setTopic' ? control.setTopic.topic : '';
}
