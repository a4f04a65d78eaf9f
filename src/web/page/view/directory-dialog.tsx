import { useSignal, type Signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { ListedRoom } from '../../../client/index.js';
import { printable } from '../../../protocol/printable.js';
import { counted, problemOf } from '../../model/sentences.js';
import { Directory } from '../state/directory.js';
import type { Layout } from '../state/layout.js';
import type { Session } from '../state/session.js';
import { Icon } from './icon.js';
import { Problem } from './problem.js';

interface DirectoryProps {
  readonly session: Session;
  readonly layout: Layout;
  readonly isOpen: Signal<boolean>;
}

/** The server's rooms, and a way into each. */
export function DirectoryDialog(props: DirectoryProps): VNode {
  const { isOpen } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    if (isOpen.value) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen.value]);
  return (
    <dialog
      ref={dialog}
      class="card directory"
      aria-labelledby="directory-title"
      onClose={() => (isOpen.value = false)}
    >
      <header>
        <h2 id="directory-title">All rooms</h2>
        <button
          type="button"
          class="quiet icon-button"
          aria-label="Close all rooms"
          onClick={() => (isOpen.value = false)}
        >
          <Icon name="close" />
        </button>
      </header>
      {isOpen.value && <RoomDirectory {...props} />}
    </dialog>
  );
}

function RoomDirectory({ session, layout, isOpen }: DirectoryProps): VNode {
  const directory = useMemo(() => new Directory(session.client), [session]);
  const field = useRef<HTMLInputElement>(null);
  const refusal = useSignal('');
  const { value: rooms } = directory.rooms;
  useEffect(() => {
    field.current?.focus();
    void directory.list('');
  }, [directory]);
  const join = async (name: string): Promise<void> => {
    try {
      await session.join(name);
      isOpen.value = false;
      layout.close();
    } catch (error) {
      refusal.value = problemOf(error);
    }
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    // Not the first of a list that was asked for before the last letter.
    const first = rooms?.find(({ name }) => name.startsWith(directory.prefix.value));
    if (first !== undefined) void join(first.name);
  };
  return (
    <>
      <form onSubmit={submit} role="search">
        <label for="directory-prefix">Begins with</label>
        <input
          id="directory-prefix"
          ref={field}
          value={directory.prefix}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          aria-describedby="directory-problem"
          onInput={({ currentTarget: { value } }) =>
            void directory.list(value.trim().replace(/^#/, '').toLowerCase())
          }
        />
      </form>
      <Problem id="directory-problem" text={refusal.value || directory.problem.value} />
      <ul class="directory-rooms">
        {rooms?.map((room) => (
          <DirectoryRoom key={room.name} room={room} join={() => void join(room.name)} />
        ))}
      </ul>
      {rooms?.length === 0 && <p class="muted">There is no such room yet.</p>}
      {directory.hasMore.value && (
        <button type="button" onClick={() => void directory.more()}>
          More rooms
        </button>
      )}
    </>
  );
}

function DirectoryRoom({
  room: { name, topic, people, headSeq },
  join,
}: {
  readonly room: ListedRoom;
  readonly join: () => void;
}): VNode {
  return (
    <li>
      <button type="button" class="directory-room" onClick={join}>
        <span class="directory-name">#{name}</span>{' '}
        <span class="muted">
          {people === 1 ? '1 person' : `${people.toLocaleString('en')} people`},{' '}
          {counted(headSeq, 'entry', 'entries')}
        </span>
        {topic !== '' && <bdi class="directory-topic muted">{printable(topic)}</bdi>}
      </button>
    </li>
  );
}
