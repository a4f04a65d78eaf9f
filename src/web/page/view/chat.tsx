import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { App } from '../state/app.js';
import { Drafts } from '../state/drafts.js';
import { Layout } from '../state/layout.js';
import type { Session } from '../state/session.js';
import { Composer } from './composer.js';
import { ConnectionBar } from './connection-bar.js';
import { Drawer } from './drawer.js';
import { EndPanel } from './end-panel.js';
import { PeopleList } from './people-list.js';
import { RoomHeader } from './room-header.js';
import { RoomList } from './room-list.js';
import { Timeline } from './timeline.js';

interface ChatProps {
  readonly app: App;
  readonly session: Session;
}

/** The rooms, the messages of one of them, and who is there. */
export function Chat({ app, session }: ChatProps): VNode {
  const layout = useMemo(() => new Layout(window), []);
  const drafts = useMemo(() => new Drafts(app.kept.drafts), [app]);
  useEffect(() => listenToKeys(session, layout), [session, layout]);
  const { value: room } = session.current;
  return (
    <div class="chat">
      <Drawer panel="rooms" label="Rooms" layout={layout}>
        <RoomList app={app} session={session} layout={layout} />
      </Drawer>
      <main class="conversation" inert={layout.drawer.value !== undefined}>
        <RoomHeader session={session} room={room} layout={layout} />
        <ConnectionBar session={session} />
        {room === undefined ? (
          <Nowhere />
        ) : (
          <>
            <Timeline key={room.name} room={room} session={session} attention={app.attention} />
            <Composer key={room.name} room={room} session={session} drafts={drafts} />
          </>
        )}
      </main>
      {room !== undefined && (
        <Drawer panel="people" label="People" layout={layout}>
          <PeopleList room={room} ownName={session.name.value} />
        </Drawer>
      )}
      <EndPanel app={app} session={session} />
    </div>
  );
}

/** Instead of messages; has the focus, as what was left with the last room has it no more. */
function Nowhere(): VNode {
  const sentence = useRef<HTMLParagraphElement>(null);
  useLayoutEffect(() => sentence.current?.focus(), []);
  return (
    <p class="nowhere" tabIndex={-1} ref={sentence}>
      You are in no room. Join one from the list of rooms.
    </p>
  );
}

/** The keys that work everywhere; returns a function that ends that. */
function listenToKeys(session: Session, layout: Layout): () => void {
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      layout.close();
    } else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault();
      session.showNext(event.key === 'ArrowUp' ? -1 : 1);
    }
  };
  document.addEventListener('keydown', press);
  return () => document.removeEventListener('keydown', press);
}
