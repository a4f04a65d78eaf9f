import type { Signal } from '@preact/signals';
import type { VNode } from 'preact';

interface PasswordFieldProps {
  readonly id: string;
  readonly label: string;
  /** Whether it is made up now, so that the browser may suggest one. */
  readonly isNew: boolean;
  readonly value: Signal<string>;
}

/** Something that is not to be seen. */
export function PasswordField({ id, label, isNew, value }: PasswordFieldProps): VNode {
  return (
    <>
      <label for={id}>{label}</label>
      <input
        id={id}
        type="password"
        value={value}
        onInput={(event) => (value.value = event.currentTarget.value)}
        autocomplete={isNew ? 'new-password' : 'current-password'}
        aria-describedby={isNew ? `${id}-rule` : undefined}
      />
      {isNew && (
        <p id={`${id}-rule`} class="muted rule">
          8 characters at least.
        </p>
      )}
    </>
  );
}
