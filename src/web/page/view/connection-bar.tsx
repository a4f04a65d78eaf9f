import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { ClientState } from '../../../client/index.js';
import { waitingSentence } from '../../model/sentences.js';
import type { Session } from '../state/session.js';

/** How the connection is, when it is not as it should be. */
export function ConnectionBar({ session }: { readonly session: Session }): VNode {
  const { value: state } = session.connection;
  // The element is always there: what appears in it is spoken then, whichever screen reader it is.
  return (
    <div class="connection-bar" role="status" data-open={state.kind === 'open'}>
      {drawState(state, () => session.client.reconnect())}
    </div>
  );
}

function drawState(state: ClientState, reconnect: () => void): VNode | null {
  switch (state.kind) {
    case 'open':
      return null;
    case 'connecting':
      return <p>Connecting…</p>;
    case 'waiting':
      return (
        <>
          <p>
            {state.attempt === 1 ? 'Connection lost' : 'Still no connection'},{' '}
            <Countdown key={state.attempt} delayMs={state.delayMs} />
          </p>
          <button type="button" onClick={reconnect}>
            Reconnect now
          </button>
        </>
      );
    case 'closed':
      return <p>Not connected</p>;
  }
}

/** Counts the seconds down for the eye; a screen reader would only be disturbed by it. */
function Countdown({ delayMs }: { readonly delayMs: number }): VNode {
  const leftMs = useSignal(delayMs);
  useEffect(() => {
    const timer = setInterval(() => (leftMs.value -= 1000), 1000);
    return () => clearInterval(timer);
  }, [leftMs]);
  return (
    <>
      <span class="only-spoken">trying again soon</span>
      <span aria-hidden="true">{waitingSentence(leftMs.value)}</span>
    </>
  );
}
