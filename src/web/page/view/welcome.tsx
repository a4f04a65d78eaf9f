import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { defaultLimits } from '../../../protocol/limits.js';
import { normalizedName } from '../../../protocol/names.js';
import type { App, Screen } from '../state/app.js';
import { focusUnasked } from './focus.js';
import { Logo } from './logo.js';
import { Problem } from './problem.js';

interface WelcomeProps {
  readonly app: App;
  readonly screen: Extract<Screen, { kind: 'welcome' }>;
}

const rule =
  'A name must have 1 to 32 letters, digits, “.”, “_” or “-”, and begin with a letter or digit, but not with “guest-”.';

/** The first thing that somebody sees: who are you? */
export function Welcome({ app, screen }: WelcomeProps): VNode {
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => focusUnasked(field.current), []);
  const name = useSignal(screen.name);
  const problem = useSignal('');
  const shown = problem.value || screen.problem;
  const submit = (event: Event): void => {
    event.preventDefault();
    const normal = normalizedName(name.value.trim(), defaultLimits);
    problem.value = normal === undefined ? rule : '';
    if (normal !== undefined) void app.enter(normal);
  };
  return (
    <main class="welcome">
      <form class="card" onSubmit={submit} noValidate>
        <Logo />
        <h1>Come in</h1>
        <p class="muted">Rooms to talk in, with people at terminals and in browsers.</p>
        <label for="name">Your name</label>
        <input
          id="name"
          name="name"
          value={name}
          onInput={(event) => (name.value = event.currentTarget.value)}
          autocomplete="nickname"
          autocapitalize="none"
          spellcheck={false}
          ref={field}
          aria-invalid={shown !== ''}
          aria-describedby="name-problem"
        />
        <Problem id="name-problem" text={shown} />
        {screen.suggestion !== '' && problem.value === '' && (
          <button
            type="button"
            class="suggestion"
            onClick={() => void app.enter(screen.suggestion)}
          >
            Come in as <bdi>{screen.suggestion}</bdi>
          </button>
        )}
        <button type="submit" class="primary" disabled={screen.isBusy}>
          {screen.isBusy ? 'Connecting…' : 'Start chatting'}
        </button>
        <button
          type="button"
          class="quiet"
          disabled={screen.isBusy}
          onClick={() => void app.enter('')}
        >
          Go on as a guest
        </button>
      </form>
    </main>
  );
}
