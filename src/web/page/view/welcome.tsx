import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { defaultLimits } from '../../../protocol/limits.js';
import { normalizedName } from '../../../protocol/names.js';
import type { App, Screen } from '../state/app.js';
import type { WayIn } from '../state/way-in.js';
import { focusUnasked } from './focus.js';
import { Logo } from './logo.js';
import { PasswordField } from './password-field.js';
import { Problem } from './problem.js';

interface WelcomeProps {
  readonly app: App;
  readonly screen: Extract<Screen, { kind: 'welcome' }>;
}

const rule =
  'A name must have 1 to 32 letters, digits, “.”, “_” or “-”, and begin with a letter or digit, but not with “guest-”.';

const titles: Readonly<Record<WayIn, string>> = {
  guest: 'Come in',
  login: 'Log in',
  register: 'Get an account',
};

const verbs: Readonly<Record<WayIn, string>> = {
  guest: 'Start chatting',
  login: 'Log in',
  register: 'Get an account',
};

/** The first thing that somebody sees: who are you? */
export function Welcome({ app, screen }: WelcomeProps): VNode {
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => focusUnasked(field.current), []);
  const wayIn = useSignal(screen.wayIn);
  const name = useSignal(screen.name);
  const password = useSignal('');
  const problem = useSignal('');
  const shown = problem.value || screen.problem;
  const submit = (event: Event): void => {
    event.preventDefault();
    const normal = normalizedName(name.value.trim(), defaultLimits);
    const needsPassword = wayIn.value !== 'guest' && password.value === '';
    problem.value = normal === undefined ? rule : needsPassword ? 'Give a password, too.' : '';
    if (problem.value !== '' || normal === undefined) return;
    void app.enter(normal, wayIn.value, password.value);
  };
  const turnTo = (other: WayIn): void => {
    wayIn.value = other;
    problem.value = '';
    app.forgetProblem();
    field.current?.focus();
  };
  return (
    <main class="welcome">
      <form class="card" onSubmit={submit} noValidate>
        <Logo />
        <h1>{titles[wayIn.value]}</h1>
        <p class="muted">
          {wayIn.value === 'register'
            ? 'The name is yours for ever then, with a password, on all your devices.'
            : 'Rooms to talk in, with people at terminals and in browsers.'}
        </p>
        <label for="name">Your name</label>
        <input
          id="name"
          name="name"
          value={name}
          onInput={(event) => (name.value = event.currentTarget.value)}
          autocomplete={wayIn.value === 'guest' ? 'nickname' : 'username'}
          autocapitalize="none"
          spellcheck={false}
          ref={field}
          aria-invalid={shown !== ''}
          aria-describedby="name-problem"
        />
        {wayIn.value !== 'guest' && (
          <PasswordField
            id="password"
            label={wayIn.value === 'login' ? 'Password' : 'New password'}
            isNew={wayIn.value === 'register'}
            value={password}
          />
        )}
        <Problem id="name-problem" text={shown} />
        {screen.suggestion !== '' && problem.value === '' && (
          <button
            type="button"
            class="suggestion"
            onClick={() => void app.enter(screen.suggestion, wayIn.value, password.value)}
          >
            Come in as <bdi>{screen.suggestion}</bdi>
          </button>
        )}
        <button type="submit" class="primary" disabled={screen.isBusy}>
          {screen.isBusy ? 'Connecting…' : verbs[wayIn.value]}
        </button>
        {wayIn.value === 'guest' ? (
          <>
            <button
              type="button"
              class="quiet"
              disabled={screen.isBusy}
              onClick={() => void app.enter('')}
            >
              Go on as a guest
            </button>
            <div class="ways">
              <button type="button" class="quiet" onClick={() => turnTo('login')}>
                I have an account
              </button>
              <button type="button" class="quiet" onClick={() => turnTo('register')}>
                I want one
              </button>
            </div>
          </>
        ) : (
          <button type="button" class="quiet" onClick={() => turnTo('guest')}>
            Come in without an account
          </button>
        )}
      </form>
    </main>
  );
}
