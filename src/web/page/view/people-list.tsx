import type { VNode } from 'preact';
import { isGuestName } from '../../../protocol/names.js';
import type { Room } from '../state/room.js';
import { Avatar } from './avatar.js';

interface PeopleListProps {
  readonly room: Room;
  readonly ownName: string;
}

/** Who is in a room, or how many if they are too many to be named. */
export function PeopleList({ room, ownName }: PeopleListProps): VNode {
  const { names, count } = room.people.value;
  return (
    <section class="people-list" aria-labelledby="people-title" tabIndex={0}>
      <h2 id="people-title">
        Here now <span class="count">{count.toLocaleString('en')}</span>
      </h2>
      {names === undefined ? (
        <p class="muted">{count.toLocaleString('en')} people, too many to be named.</p>
      ) : (
        <ul>
          {names.map((name) => (
            <li key={name} class={isGuestName(name) ? 'person guest' : 'person'}>
              <Avatar name={name} />
              <bdi class="person-name" title={name}>
                {name}
              </bdi>
              {name === ownName && <span class="muted">you</span>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
