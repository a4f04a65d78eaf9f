import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { isRoomName } from '../../../protocol/names.js';
import { problemOf } from '../../model/sentences.js';
import type { Layout } from '../state/layout.js';
import type { Session } from '../state/session.js';
import { Icon } from './icon.js';
import { Problem } from './problem.js';

interface JoinFormProps {
  readonly session: Session;
  readonly layout: Layout;
}

const rule =
  'a room name must have 1 to 64 of the characters a-z, 0-9, “.”, “_” and “-”, and begin with a letter or digit';

/** A way into another room, or a new one: it is there when somebody enters it. */
export function JoinForm({ session, layout }: JoinFormProps): VNode {
  const name = useSignal('');
  const problem = useSignal('');
  const join = async (): Promise<void> => {
    const wanted = name.value.trim().replace(/^#/, '').toLowerCase();
    if (!isRoomName(wanted, session.client.limits)) {
      problem.value = rule;
      return;
    }
    try {
      await session.join(wanted);
      name.value = '';
      problem.value = '';
      layout.close();
    } catch (error) {
      problem.value = problemOf(error);
    }
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void join();
  };
  return (
    <form class="join" onSubmit={submit} noValidate>
      <label for="room" class="only-spoken">
        Join a room
      </label>
      <input
        id="room"
        value={name}
        onInput={(event) => (name.value = event.currentTarget.value)}
        placeholder="Join a room"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        aria-invalid={problem.value !== ''}
        aria-describedby="room-problem"
      />
      <button type="submit" class="icon-button" aria-label="Join">
        <Icon name="plus" />
      </button>
      <Problem id="room-problem" text={problem.value} />
    </form>
  );
}
