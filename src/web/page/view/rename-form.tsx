import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ChatError } from '../../../client/index.js';
import { problemOf } from '../../model/sentences.js';
import type { Session } from '../state/session.js';
import { Problem } from './problem.js';

/** Takes another name. */
export function RenameForm({ session }: { readonly session: Session }): VNode {
  const name = useSignal(session.name.value);
  const problem = useSignal('');
  const suggestion = useSignal('');
  const rename = async (wanted: string): Promise<void> => {
    name.value = wanted;
    problem.value = '';
    suggestion.value = '';
    if (wanted === session.name.value) return;
    try {
      await session.client.rename(wanted);
    } catch (error) {
      problem.value = problemOf(error);
      if (error instanceof ChatError) suggestion.value = error.suggestion;
    }
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void rename(name.value.trim());
  };
  return (
    <form onSubmit={submit} noValidate>
      <label for="new-name">Your name</label>
      <div class="field-row">
        <input
          id="new-name"
          value={name}
          onInput={(event) => (name.value = event.currentTarget.value)}
          autocomplete="nickname"
          autocapitalize="none"
          spellcheck={false}
          aria-invalid={problem.value !== ''}
          aria-describedby="new-name-problem"
        />
        <button type="submit">Rename</button>
      </div>
      <Problem id="new-name-problem" text={problem.value} />
      {suggestion.value !== '' && (
        <button type="button" class="suggestion" onClick={() => void rename(suggestion.value)}>
          Be <bdi>{suggestion}</bdi>
        </button>
      )}
    </form>
  );
}
