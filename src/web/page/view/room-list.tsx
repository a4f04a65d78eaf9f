import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { badge } from '../../model/sentences.js';
import type { App } from '../state/app.js';
import type { Layout } from '../state/layout.js';
import type { Room } from '../state/room.js';
import type { Session } from '../state/session.js';
import { Avatar } from './avatar.js';
import { DirectoryDialog } from './directory-dialog.js';
import { Icon } from './icon.js';
import { JoinForm } from './join-form.js';
import { Logo } from './logo.js';
import { Settings } from './settings.js';

interface RoomListProps {
  readonly app: App;
  readonly session: Session;
  readonly layout: Layout;
}

/** The rooms that one is in, a way into others, and who one is. */
export function RoomList({ app, session, layout }: RoomListProps): VNode {
  const isSettingsOpen = useSignal(false);
  const isDirectoryOpen = useSignal(false);
  const { value: name } = session.name;
  return (
    <>
      <p class="brand">
        <Logo /> tcp-chat
      </p>
      <nav class="room-nav" aria-label="Rooms">
        <h2>Rooms</h2>
        <ul>
          {session.rooms.value.map((room) => (
            <RoomItem key={room.name} room={room} session={session} layout={layout} />
          ))}
        </ul>
        <JoinForm session={session} layout={layout} />
        <button type="button" class="quiet browse" onClick={() => (isDirectoryOpen.value = true)}>
          All rooms…
        </button>
      </nav>
      <div class="me">
        <Avatar name={name} />
        <bdi class="me-name">{name}</bdi>
        <button
          type="button"
          class="quiet icon-button"
          aria-label="Settings"
          onClick={() => (isSettingsOpen.value = true)}
        >
          <Icon name="settings" />
        </button>
      </div>
      <DirectoryDialog session={session} layout={layout} isOpen={isDirectoryOpen} />
      <Settings app={app} session={session} isOpen={isSettingsOpen} />
    </>
  );
}

interface RoomItemProps {
  readonly room: Room;
  readonly session: Session;
  readonly layout: Layout;
}

function RoomItem({ room, session, layout }: RoomItemProps): VNode {
  const isCurrent = session.current.value === room;
  const { value: unread } = room.unread;
  const item = useRef<HTMLLIElement>(null);
  useLayoutEffect(() => {
    if (isCurrent) item.current?.scrollIntoView({ block: 'nearest' });
  }, [isCurrent]);
  const show = (): void => {
    session.show(room.name);
    layout.close();
  };
  return (
    <li ref={item}>
      <button
        type="button"
        class="room-item"
        aria-current={isCurrent ? 'page' : undefined}
        data-unread={unread > 0}
        onClick={show}
      >
        <span class="hash" aria-hidden="true">
          #
        </span>
        <span class="room-name" title={room.name}>
          {room.name}
        </span>
        {unread > 0 && (
          <span class="badge" data-mention={room.hasMention.value}>
            {room.hasMention.value && <span aria-hidden="true">@ </span>}
            {badge(unread)}
            <span class="only-spoken">
              {' '}
              unread{room.hasMention.value ? ', you are mentioned' : ''}
            </span>
          </span>
        )}
      </button>
    </li>
  );
}
