import type { VNode } from 'preact';
import type { ChatMessage } from '../../../client/index.js';
import { isRemoved } from '../../model/changes.js';
import { mentions } from '../../model/mention.js';
import type { OwnMessage } from '../../model/own-messages.js';
import { isContinuedBy, type Row } from '../../model/rows.js';
import type { Session } from '../state/session.js';
import { Icon } from './icon.js';
import { EditForm, MessageActions, RemoveQuestion } from './message-actions.js';
import { MessageRow } from './message-row.js';
import { Day, Time } from './time.js';

/** A row of a room's messages. */
export function drawRow(row: Row, session: Session, lastOwnSeq: number): VNode {
  switch (row.kind) {
    case 'date':
      return (
        <li class="date" key={row.key} data-key={row.key}>
          <Day at={row.at} />
        </li>
      );
    case 'divider':
      return (
        <li class="divider" key={row.key} data-key={row.key}>
          <span>New messages</span>
        </li>
      );
    case 'aside':
      return row.aside.kind === 'echo' ? drawEcho(row, session) : drawNotice(row);
    case 'message':
      return drawMessage(row, session, lastOwnSeq);
  }
}

function drawMessage(
  { key, message, isContinued }: Extract<Row, { kind: 'message' }>,
  session: Session,
  lastOwnSeq: number,
): VNode {
  const { sender, content, sentAt, editedAt } = message;
  if (isRemoved(message)) return drawRemoved(key, message, isContinued);
  const isOwn = session.isOwn(message);
  const isMention = !isOwn && mentions(content, session.name.value);
  const look = isOwn ? 'own' : isMention ? 'mention' : '';
  const row = { rowKey: key, sender, content, at: sentAt, editedAt, isContinued, look };
  const own = { message, session };
  const doing = isOwn ? session.editing.of(message) : undefined;
  const form = doing === 'edit' ? <EditForm {...own} /> : undefined;
  return (
    <MessageRow key={key} {...row} form={form}>
      {doing === 'remove' && <RemoveQuestion {...own} />}
      {isOwn && doing === undefined && (
        <MessageActions {...own} isTabStop={message.seq === lastOwnSeq} />
      )}
      {isOwn && (
        <p class="delivery sent" title="Sent">
          <Icon name="sent" />
          <span class="only-spoken">Sent</span>
        </p>
      )}
    </MessageRow>
  );
}

/** What was removed before this page knew of it has no sender either. */
function drawRemoved(key: string, { sender, sentAt }: ChatMessage, isContinued: boolean): VNode {
  const row = { rowKey: key, sender, at: sentAt, isContinued };
  return <MessageRow key={key} {...row} content={undefined} look="removed" />;
}

function drawEcho({ key, aside }: Extract<Row, { kind: 'aside' }>, session: Session): VNode {
  const { text, at } = aside;
  const row = { rowKey: key, sender: session.name.value, content: text, at, isContinued: false };
  return (
    <MessageRow key={key} {...row} look="own echo">
      <p class="delivery">Echo, only for you</p>
    </MessageRow>
  );
}

function drawNotice({ key, aside }: Extract<Row, { kind: 'aside' }>): VNode {
  return (
    <li class="remark" key={key} data-key={key}>
      <bdi class={aside.kind === 'topic' ? undefined : 'sentence'}>{aside.text}</bdi>{' '}
      <Time at={aside.at} />
    </li>
  );
}

/** An own message that is not in the room yet, below the last row that is. */
export function drawOwn(own: OwnMessage, above: Row | undefined, session: Session): VNode {
  const { id, content, at, kind, delivery } = own;
  const sender = session.name.value;
  const message = above?.kind === 'message' ? above.message : undefined;
  const isContinued = isContinuedBy(message, { sender, sentAt: at });
  const row = { rowKey: `o${id}`, sender, content, at, isContinued };
  return (
    <MessageRow key={id} {...row} look={`own ${delivery.state} ${kind}`}>
      <Delivery own={own} session={session} />
    </MessageRow>
  );
}

function Delivery({
  own,
  session,
}: {
  readonly own: OwnMessage;
  readonly session: Session;
}): VNode {
  const { delivery } = own;
  switch (delivery.state) {
    case 'pending':
      return (
        <p class="delivery">
          <Icon name="pending" /> Sending…
        </p>
      );
    case 'sent':
      return (
        <p class="delivery">
          <Icon name="sent" /> Sent
        </p>
      );
    case 'failed':
      return (
        <div class="delivery problem">
          <Icon name="failed" />
          <p>Not sent: {delivery.problem}</p>
          <button
            type="button"
            onClick={(event) => {
              focusTimeline(event.currentTarget);
              session.outbox.sendAgain(own);
            }}
          >
            Send again
          </button>
          <button
            type="button"
            class="quiet"
            onClick={(event) => {
              focusTimeline(event.currentTarget);
              session.outbox.discard(own);
            }}
          >
            Discard
          </button>
        </div>
      );
  }
}

/** Moves the focus from a button that is about to go to the messages around it. */
function focusTimeline(button: HTMLElement): void {
  button.closest<HTMLElement>('[role="region"]')?.focus({ preventScroll: true });
}
