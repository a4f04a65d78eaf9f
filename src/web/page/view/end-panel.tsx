import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { App } from '../state/app.js';
import type { Session } from '../state/session.js';

interface EndPanelProps {
  readonly app: App;
  readonly session: Session;
}

/** What to do when the session has ended and does not come back by itself. */
export function EndPanel({ app, session }: EndPanelProps): VNode | null {
  const { value: end } = session.end;
  const dialog = useRef<HTMLDialogElement>(null);
  const isOver = end !== undefined && end.kind !== 'closed';
  useLayoutEffect(() => {
    if (isOver) dialog.current?.showModal();
  }, [isOver]);
  if (!isOver) return null;
  const isElsewhere = end.kind === 'replaced';
  const isLoggedOut = end.kind === 'loggedOut';
  return (
    <dialog
      ref={dialog}
      class="card"
      aria-labelledby="end-title"
      onCancel={(event) => event.preventDefault()}
    >
      <h2 id="end-title">
        {isElsewhere ? 'Opened elsewhere' : isLoggedOut ? 'Logged out' : 'Not connected any more'}
      </h2>
      <p class="sentence">
        {isElsewhere
          ? 'A copy of this tab has connected in its place. Only one of them can be connected at a time.'
          : end.message}
      </p>
      <button type="button" class="primary" onClick={() => void app.goOn(session)}>
        {isElsewhere ? 'Use it here' : isLoggedOut ? 'Log in again' : 'Connect again'}
      </button>
    </dialog>
  );
}
