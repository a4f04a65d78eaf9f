import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { utf8Bytes } from '../../../protocol/utf8.js';
import type { OwnMessage } from '../../model/own-messages.js';
import type { Drafts } from '../state/drafts.js';
import type { Room } from '../state/room.js';
import type { Session } from '../state/session.js';
import { focusUnasked } from './focus.js';
import { Icon } from './icon.js';

interface ComposerProps {
  readonly session: Session;
  readonly room: Room;
  readonly drafts: Drafts;
}

/** From this part of the limit on it is shown how much there is left. */
const nearLimit = 0.8;

/** Where messages are written. */
export function Composer({ session, room, drafts }: ComposerProps): VNode {
  const area = useRef<HTMLTextAreaElement>(null);
  const kind = session.sendsAs;
  const text = drafts.of(room.name);
  const bytesMax = session.client.limits.contentBytesMax;
  const bytesLeft = bytesMax - utf8Bytes(text);
  const canSend = text.trim() !== '' && bytesLeft >= 0;

  useLayoutEffect(() => focusUnasked(area.current), []);
  useLayoutEffect(() => fitHeight(area.current), [text]);

  const send = (): void => {
    if (!canSend) return;
    room.forgetDivider();
    session.outbox.send(room.name, text, kind.value);
    drafts.write(room.name, '');
    void room.jumpToEnd().catch(() => {}); // without a connection it is the end that is known
    area.current?.focus();
  };
  const editLast = (event: KeyboardEvent): void => {
    const own = session.lastOwn(room);
    if (own === undefined || text !== '' || event.altKey || event.isComposing) return;
    event.preventDefault();
    session.editing.begin('edit', own);
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowUp') editLast(event);
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      class="composer"
      data-kind={kind}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <KindSwitch session={session} />
      <div class="composer-field">
        <label for="text" class="only-spoken">
          Message to #{room.name}
        </label>
        <textarea
          id="text"
          ref={area}
          rows={1}
          dir="auto"
          value={text}
          placeholder={kind.value === 'echo' ? 'Only you get it back' : `Message #${room.name}`}
          aria-describedby="text-limit"
          aria-invalid={bytesLeft < 0}
          enterkeyhint="send"
          onInput={(event) => drafts.write(room.name, event.currentTarget.value)}
          onKeyDown={press}
        />
        <button type="submit" class="primary icon-button" aria-label="Send" disabled={!canSend}>
          <Icon name="send" />
        </button>
      </div>
      <p id="text-limit" class="limit" data-over={bytesLeft < 0} aria-live="polite">
        {bytesLeft < bytesMax * (1 - nearLimit) && limitSentence(bytesLeft)}
      </p>
    </form>
  );
}

const kinds: ReadonlyArray<readonly [kind: OwnMessage['kind'], label: string, title: string]> = [
  ['broadcast', 'Broadcast', 'Everybody in the room gets it'],
  ['echo', 'Echo', 'Only you get it back'],
];

function KindSwitch({ session }: { readonly session: Session }): VNode {
  return (
    <fieldset class="kind-switch">
      <legend class="only-spoken">Send as</legend>
      <div class="choice">
        {kinds.map(([kind, label, title]) => (
          <label key={kind} title={title}>
            <input
              type="radio"
              name="kind"
              checked={session.sendsAs.value === kind}
              onChange={() => (session.sendsAs.value = kind)}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function limitSentence(bytesLeft: number): string {
  if (bytesLeft >= 0) return `${bytesLeft.toLocaleString('en')} bytes left`;
  return `${(-bytesLeft).toLocaleString('en')} bytes too long`;
}

/** As high as its text; the style sheet says how high at most. */
function fitHeight(area: HTMLTextAreaElement | null): void {
  if (area === null) return;
  area.style.height = 'auto';
  area.style.height = `${area.scrollHeight}px`;
}
