import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { waitingSentence } from '../../model/sentences.js';
import type { Session } from '../state/session.js';

/** How the connection is, when it is not as it should be. */
export function ConnectionBar({ session }: { readonly session: Session }): VNode | null {
  const { value: state } = session.connection;
  switch (state.kind) {
    case 'open':
      return null;
    case 'connecting':
      return (
        <div class="connection-bar" role="status">
          <p>Connecting…</p>
        </div>
      );
    case 'waiting':
      return (
        <div class="connection-bar" role="status">
          <p>
            <span class="sentence">
              {state.attempt === 1 ? 'connection lost' : 'still no connection'}
            </span>
            , <Countdown key={state.attempt} delayMs={state.delayMs} />
          </p>
          <button type="button" onClick={() => session.client.reconnect()}>
            Reconnect now
          </button>
        </div>
      );
    case 'closed':
      return (
        <div class="connection-bar" role="status">
          <p>Not connected</p>
        </div>
      );
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
