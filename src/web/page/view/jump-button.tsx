import type { ReadonlySignal } from '@preact/signals';
import type { VNode } from 'preact';
import { badge } from '../../model/sentences.js';
import type { Room } from '../state/room.js';
import { Icon } from './icon.js';

interface JumpButtonProps {
  readonly isAtEnd: ReadonlySignal<boolean>;
  readonly room: Room;
  readonly jump: () => void;
}

/** The way to the newest message, for those who read further up; with the count of what is new. */
export function JumpButton({ isAtEnd, room, jump }: JumpButtonProps): VNode | null {
  if (isAtEnd.value) return null;
  const { value: unread } = room.unread;
  return (
    <button type="button" class="jump with-icon" onClick={jump}>
      <Icon name="down" />
      {unread > 0 ? `Jump to latest (${badge(unread)})` : 'Jump to latest'}
    </button>
  );
}
