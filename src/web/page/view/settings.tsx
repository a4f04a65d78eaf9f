import { useSignal, type Signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Theme } from '../../model/kept-values.js';
import type { App } from '../state/app.js';
import type { Session } from '../state/session.js';
import { Account } from './account.js';
import { Icon } from './icon.js';
import { Problem } from './problem.js';
import { RenameForm } from './rename-form.js';

interface SettingsProps {
  readonly app: App;
  readonly session: Session;
  readonly isOpen: Signal<boolean>;
}

const themes: ReadonlyArray<readonly [theme: Theme, label: string]> = [
  ['system', 'System'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

/** One's name, and how the page looks and behaves here. */
export function Settings({ app, session, isOpen }: SettingsProps): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    if (isOpen.value) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen.value]);
  const { theme } = app.preferences;
  return (
    <dialog
      ref={dialog}
      class="card settings"
      aria-labelledby="settings-title"
      onClose={() => (isOpen.value = false)}
    >
      <header>
        <h2 id="settings-title">Settings</h2>
        <button
          type="button"
          class="quiet icon-button"
          aria-label="Close settings"
          onClick={() => (isOpen.value = false)}
        >
          <Icon name="close" />
        </button>
      </header>
      {isOpen.value && session.loginId.value === '' && <RenameForm session={session} />}
      {isOpen.value && <Account session={session} />}
      <fieldset>
        <legend>Colours</legend>
        <div class="choice">
          {themes.map(([value, label]) => (
            <label key={value}>
              <input
                type="radio"
                name="theme"
                checked={theme.value === value}
                onChange={() => (theme.value = value)}
              />
              <span>{label}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <NotificationSwitch app={app} />
      <p class="muted keys">
        <kbd>Enter</kbd> sends, <kbd>Shift</kbd> <kbd>Enter</kbd> ends a line, <kbd>Alt</kbd>{' '}
        <kbd>↑</kbd> and <kbd>Alt</kbd> <kbd>↓</kbd> change the room, <kbd>↑</kbd> edits your last
        message.
      </p>
      <button type="button" class="quiet danger" onClick={() => void app.signOut(session)}>
        {session.loginId.value === '' ? 'Sign out and forget me here' : 'Log out'}
      </button>
    </dialog>
  );
}

function NotificationSwitch({ app }: { readonly app: App }): VNode {
  const problem = useSignal('');
  const { preferences } = app;
  const change = async (isOn: boolean): Promise<void> => {
    problem.value = await preferences.switchNotifications(isOn);
  };
  return (
    <div>
      <label class="switch">
        <input
          type="checkbox"
          checked={preferences.notifies.value}
          aria-describedby="notification-problem"
          onChange={(event) => {
            const { checked } = event.currentTarget;
            // It is on when the browser has agreed.
            event.currentTarget.checked = preferences.notifies.value;
            void change(checked);
          }}
        />
        Notify me when I am mentioned
      </label>
      <Problem id="notification-problem" text={problem.value} />
    </div>
  );
}
