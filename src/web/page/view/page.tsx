import type { VNode } from 'preact';
import type { App } from '../state/app.js';
import { Chat } from './chat.js';
import { Notices } from './notices.js';
import { Returning } from './returning.js';
import { Welcome } from './welcome.js';

/** The whole page. */
export function Page({ app }: { readonly app: App }): VNode {
  return (
    <>
      <CurrentScreen app={app} />
      <Notices announcer={app.announcer} />
    </>
  );
}

function CurrentScreen({ app }: { readonly app: App }): VNode {
  const { value: screen } = app.screen;
  switch (screen.kind) {
    case 'welcome':
      return <Welcome app={app} screen={screen} />;
    case 'returning':
      return <Returning app={app} screen={screen} />;
    case 'chat':
      return <Chat app={app} session={screen.session} />;
  }
}
