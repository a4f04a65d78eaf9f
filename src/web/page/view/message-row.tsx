import type { ComponentChildren, VNode } from 'preact';
import { toneOf } from '../../model/looks.js';
import { Avatar } from './avatar.js';
import { MessageText } from './message-text.js';
import { Time } from './time.js';

interface MessageRowProps {
  readonly rowKey: string;
  readonly sender: string;
  readonly content: string;
  readonly at: Date | undefined;
  readonly isContinued: boolean;
  /** How it looks besides: `own`, `mention`, `pending` and the like. */
  readonly look?: string;
  /** What became of it, if that is worth a word. */
  readonly children?: ComponentChildren;
}

/** One message. */
export function MessageRow(props: MessageRowProps): VNode {
  const { rowKey, sender, content, at, isContinued, look = '', children } = props;
  return (
    <li class={`message ${look}`} data-key={rowKey} data-continued={isContinued}>
      {isContinued ? (
        <span class="margin-time">{at !== undefined && <Time at={at} />}</span>
      ) : (
        <Avatar name={sender} />
      )}
      <div class="message-body">
        <p class={isContinued ? 'byline only-spoken' : 'byline'}>
          <bdi class={`sender tone-${toneOf(sender)}`}>{sender}</bdi>{' '}
          {!isContinued && at !== undefined && <Time at={at} />}
        </p>
        <MessageText content={content} />
        {children}
      </div>
    </li>
  );
}
