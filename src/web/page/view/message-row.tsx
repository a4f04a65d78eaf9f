import type { ComponentChildren, VNode } from 'preact';
import { toneOf } from '../../model/looks.js';
import { Avatar } from './avatar.js';
import { MessageText } from './message-text.js';
import { Edited, Time } from './time.js';

interface MessageRowProps {
  readonly rowKey: string;
  readonly sender: string;
  /** Undefined for a message that was removed; if its sender is empty, too, nobody knows whose. */
  readonly content: string | undefined;
  /** When it got its present content, if that is not the original one. */
  readonly editedAt?: Date | undefined;
  readonly at: Date | undefined;
  readonly isContinued: boolean;
  /** How it looks besides: `own`, `mention`, `pending` and the like. */
  readonly look?: string;
  /** In the place of its text. */
  readonly form?: VNode | undefined;
  /** What became of it, if that is worth a word. */
  readonly children?: ComponentChildren;
}

/** One message. */
export function MessageRow(props: MessageRowProps): VNode {
  const { rowKey, sender, content, at, editedAt, isContinued, look = '', form, children } = props;
  const isNamed = !isContinued && sender !== '';
  return (
    <li class={`message ${look}`} data-key={rowKey} data-continued={isContinued}>
      {isNamed ? (
        <Avatar name={sender} />
      ) : (
        <span class="margin-time">{at !== undefined && <Time at={at} />}</span>
      )}
      <div class="message-body">
        {sender !== '' && (
          <p class={isContinued ? 'byline only-spoken' : 'byline'}>
            <bdi class={`sender tone-${toneOf(sender)}`}>{sender}</bdi>{' '}
            {isNamed && at !== undefined && <Time at={at} />}
          </p>
        )}
        {content === undefined ? (
          <p class="remains">message removed</p>
        ) : (
          (form ?? <MessageText content={content} />)
        )}
        {editedAt !== undefined && <Edited at={editedAt} />}
        {children}
      </div>
    </li>
  );
}
