import type { VNode } from 'preact';
import type { Announcer } from '../state/announcer.js';
import { Icon } from './icon.js';

/** What is to be noticed now, for the eye and for screen readers. */
export function Notices({ announcer }: { readonly announcer: Announcer }): VNode {
  return (
    <>
      <div class="notices" role="status">
        {announcer.notices.value.map((notice) => (
          <p class="notice" key={notice.key}>
            <bdi class={notice.text.startsWith('#') ? undefined : 'sentence'}>{notice.text}</bdi>
            <button
              type="button"
              class="quiet icon-button"
              aria-label="Dismiss"
              onClick={() => announcer.dismiss(notice)}
            >
              <Icon name="close" />
            </button>
          </p>
        ))}
      </div>
      <div class="only-spoken" role="log" aria-label="New messages">
        {announcer.spoken.value.map(({ key, text }) => (
          <p key={key}>{text}</p>
        ))}
      </div>
    </>
  );
}
