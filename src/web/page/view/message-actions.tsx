import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { ChatMessage } from '../../../client/index.js';
import { utf8Bytes } from '../../../protocol/utf8.js';
import type { Session } from '../state/session.js';
import { useAttempt } from './attempt.js';
import { focusUnasked } from './focus.js';
import { Icon } from './icon.js';
import { Problem } from './problem.js';

interface OwnMessageProps {
  readonly message: ChatMessage;
  readonly session: Session;
}

interface ActionsProps extends OwnMessageProps {
  /** Whether Tab comes here; from there the arrows lead to the other messages. */
  readonly isTabStop: boolean;
}

/** What can be done with an own message: there when the pointer or the focus is. */
export function MessageActions({ message, session, isTabStop }: ActionsProps): VNode {
  return (
    <div class="actions" role="toolbar" aria-label="Your message" onKeyDown={moveFocus}>
      <button
        type="button"
        class="quiet icon-button"
        aria-label="Edit"
        title="Edit"
        tabIndex={isTabStop ? 0 : -1}
        onClick={() => session.editing.begin('edit', message)}
      >
        <Icon name="edit" />
      </button>
      <button
        type="button"
        class="quiet icon-button"
        aria-label="Remove"
        title="Remove"
        tabIndex={-1}
        onClick={() => session.editing.begin('remove', message)}
      >
        <Icon name="remove" />
      </button>
    </div>
  );
}

/** Left and right lead to the other button, up and down to the other messages. */
function moveFocus(event: KeyboardEvent): void {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const isAcross = event.key === 'ArrowLeft' || event.key === 'ArrowRight';
  if (!isAcross && event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
  event.preventDefault();
  const toolbar = event.currentTarget as HTMLElement;
  const buttons = Array.from(toolbar.querySelectorAll('button'));
  const index = buttons.indexOf(event.target as HTMLButtonElement);
  const all = Array.from(toolbar.closest('ol')?.querySelectorAll('.actions') ?? []);
  const next = all[all.indexOf(toolbar) + (event.key === 'ArrowUp' ? -1 : 1)];
  const target = isAcross ? buttons[1 - index] : next?.querySelectorAll('button')[index];
  target?.focus();
}

/** In the place of the text of a message that is being edited. */
export function EditForm({ message, session }: OwnMessageProps): VNode {
  const area = useRef<HTMLTextAreaElement>(null);
  const text = useSignal(message.content);
  const { isBusy, problem, attempt } = useAttempt();
  const { contentBytesMax } = session.client.limits;
  const canSave = !isBusy && text.value.trim() !== '' && utf8Bytes(text.value) <= contentBytesMax;
  useLayoutEffect(() => {
    area.current?.focus();
    area.current?.setSelectionRange(text.value.length, text.value.length);
    return focusComposer;
  }, []);
  useLayoutEffect(() => {
    if (area.current !== null) area.current.rows = Math.min(12, text.value.split('\n').length);
  }, [text.value]);
  const save = (): void => {
    if (canSave) attempt(session.editing.save(message, text.value));
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') session.editing.end();
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    save();
  };
  return (
    <form
      class="editing"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <textarea
        ref={area}
        aria-label="Edit message"
        dir="auto"
        value={text}
        aria-describedby="edit-problem"
        enterkeyhint="done"
        onInput={(event) => (text.value = event.currentTarget.value)}
        onKeyDown={press}
      />
      <Problem id="edit-problem" text={problem} />
      <button type="submit" class="primary" disabled={!canSave}>
        {isBusy ? 'Saving…' : 'Save'}
      </button>
      <button type="button" class="quiet" onClick={() => session.editing.end()}>
        Cancel
      </button>
    </form>
  );
}

/** Below a message that is about to be removed. */
export function RemoveQuestion({ message, session }: OwnMessageProps): VNode {
  const button = useRef<HTMLButtonElement>(null);
  const { isBusy, problem, attempt } = useAttempt();
  useLayoutEffect(() => {
    button.current?.focus();
    return focusComposer;
  }, []);
  return (
    <div
      class="editing"
      role="group"
      aria-label="Remove this message?"
      onKeyDown={({ key }) => {
        if (key === 'Escape') session.editing.end();
      }}
    >
      <p>Remove this message for everybody?</p>
      <Problem id="remove-problem" text={problem} />
      <button
        ref={button}
        type="button"
        class="danger"
        disabled={isBusy}
        onClick={() => attempt(session.editing.remove(message))}
      >
        {isBusy ? 'Removing…' : 'Remove it'}
      </button>
      <button type="button" class="quiet" onClick={() => session.editing.end()}>
        Keep it
      </button>
    </div>
  );
}

/** Where one goes on when a message is done with, if the focus has gone with it. */
function focusComposer(): void {
  focusUnasked(document.getElementById('text'));
}
