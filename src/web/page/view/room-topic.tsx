import { useSignal, type Signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { utf8Bytes } from '../../../protocol/utf8.js';
import { printable } from '../../../protocol/printable.js';
import type { Room } from '../state/room.js';
import type { Session } from '../state/session.js';
import { useAttempt } from './attempt.js';
import { Icon } from './icon.js';
import { Problem } from './problem.js';

interface RoomTopicProps {
  readonly session: Session;
  readonly room: Room;
}

/** What a room is about, and a way to say it. */
export function RoomTopic({ session, room }: RoomTopicProps): VNode {
  const isEdited = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const wasEdited = useRef(false);
  useLayoutEffect(() => {
    if (wasEdited.current && !isEdited.value) button.current?.focus();
    wasEdited.current = isEdited.value;
  }, [isEdited.value]);
  if (isEdited.value) return <TopicForm session={session} room={room} isOpen={isEdited} />;
  const topic = printable(room.topic.value);
  return (
    <div class="topic">
      {topic !== '' && (
        <p class="muted" title={topic} dir="auto">
          {topic}
        </p>
      )}
      <button
        ref={button}
        type="button"
        class="quiet icon-button"
        aria-label="Edit the topic"
        title="Edit the topic"
        onClick={() => (isEdited.value = true)}
      >
        <Icon name="edit" />
      </button>
    </div>
  );
}

function TopicForm({
  session,
  room,
  isOpen,
}: RoomTopicProps & { readonly isOpen: Signal<boolean> }): VNode {
  const field = useRef<HTMLInputElement>(null);
  const text = useSignal(room.topic.value);
  const { isBusy, problem, attempt } = useAttempt();
  const isTooLong = utf8Bytes(text.value) > session.client.limits.contentBytesMax;
  useLayoutEffect(() => field.current?.select(), []);
  const save = async (): Promise<void> => {
    const topic = text.value.trim();
    if (topic !== room.topic.value) await session.client.setTopic(room.name, topic);
    isOpen.value = false;
  };
  return (
    <form
      class="topic"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy && !isTooLong) attempt(save());
      }}
      onKeyDown={({ key }) => {
        if (key === 'Escape') isOpen.value = false;
      }}
    >
      <input
        ref={field}
        aria-label={`Topic of #${room.name}`}
        dir="auto"
        value={text}
        autocomplete="off"
        aria-invalid={isTooLong || problem !== ''}
        aria-describedby="topic-problem"
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
      <button type="submit" disabled={isBusy || isTooLong}>
        Set
      </button>
      <button
        type="button"
        class="quiet icon-button"
        aria-label="Save the topic"
        onClick={() => (isOpen.value = false)}
      >
        <Icon name="close" />
      </button>
      <Problem id="topic-problem" text={isTooLong ? 'the topic is too long' : problem} />
    </form>
  );
}
