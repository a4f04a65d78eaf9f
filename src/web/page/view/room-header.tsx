import type { VNode } from 'preact';
import type { Layout } from '../state/layout.js';
import type { Room } from '../state/room.js';
import type { Session } from '../state/session.js';
import { Icon } from './icon.js';
import { RoomTopic } from './room-topic.js';

interface RoomHeaderProps {
  readonly session: Session;
  readonly room: Room | undefined;
  readonly layout: Layout;
}

/** Which room this is, and what can be done with it. */
export function RoomHeader({ session, room, layout }: RoomHeaderProps): VNode {
  const { value: unread } = session.unread;
  const elsewhere = unread - (room?.unread.value ?? 0);
  return (
    <header class="room-header">
      {layout.isDrawer('rooms') && (
        <button
          type="button"
          class="quiet icon-button"
          aria-label={elsewhere > 0 ? `Rooms, ${elsewhere} unread` : 'Rooms'}
          data-unread={elsewhere > 0}
          onClick={({ currentTarget }) => layout.open('rooms', currentTarget)}
        >
          <Icon name="menu" />
        </button>
      )}
      <div class="room-title">
        <h1 title={room?.name}>{room === undefined ? 'No room' : `#${room.name}`}</h1>
        {room !== undefined && <RoomTopic key={room.name} session={session} room={room} />}
      </div>
      {room !== undefined && (
        <>
          <RoomCount room={room} layout={layout} />
          <button
            type="button"
            class="quiet icon-button"
            aria-label={`Leave #${room.name}`}
            title="Leave this room"
            onClick={() => void session.leave(room.name)}
          >
            <Icon name="leave" />
          </button>
        </>
      )}
    </header>
  );
}

/** How many there are; where they have no place on the screen, a button that shows them. */
function RoomCount({ room, layout }: { readonly room: Room; readonly layout: Layout }): VNode {
  const { count } = room.people.value;
  const people = `${count.toLocaleString('en')} ${count === 1 ? 'person' : 'people'}`;
  if (!layout.isDrawer('people')) return <p class="room-count">{people}</p>;
  return (
    <button
      type="button"
      class="quiet with-icon"
      aria-label={`${people} here`}
      onClick={({ currentTarget }) => layout.open('people', currentTarget)}
    >
      <Icon name="people" />
      {count.toLocaleString('en')}
    </button>
  );
}
