import type { VNode } from 'preact';
import type { App, Screen } from '../state/app.js';
import { Logo } from './logo.js';

interface ReturningProps {
  readonly app: App;
  readonly screen: Extract<Screen, { kind: 'returning' }>;
}

/** What somebody sees who was here before, until there is a connection. */
export function Returning({ app, screen }: ReturningProps): VNode {
  const { name, problem } = screen;
  return (
    <main class="welcome">
      <div class="card">
        <Logo />
        <h1>
          Welcome back, <bdi>{name}</bdi>
        </h1>
        <p class="muted" role="status">
          {problem === '' ? 'Connecting…' : <span class="sentence">{problem}. Trying again…</span>}
        </p>
        {problem !== '' && (
          <button type="button" class="primary" onClick={() => app.tryNow()}>
            Try now
          </button>
        )}
        <button type="button" class="quiet" onClick={() => app.startOver()}>
          Come in with another name
        </button>
      </div>
    </main>
  );
}
