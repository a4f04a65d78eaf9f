import { utf8Range } from '../protocol/utf8.js';
import type { Cursor } from './cursor.js';
import { publish, type MessageParts } from './messages.js';
import type { Change } from './ports.js';
import type { ControlOf, DeferredReply } from './request.js';
import type { Session } from './session.js';

/** What changes of a room's log need. */
export type ChangeParts = Pick<MessageParts, 'clock' | 'commits'>;

/** Gives a message another content. */
export function runEdit(
  parts: ChangeParts,
  session: Session,
  { edit }: ControlOf<'edit'>,
  id: string,
  place: Cursor,
): DeferredReply | void {
  const change: Change = { kind: 'edit', targetSeq: edit.seq };
  return add(parts, session, place, id, change, edit.content);
}

/** Removes the content of a message. */
export function runRemove(
  parts: ChangeParts,
  session: Session,
  { remove }: ControlOf<'remove'>,
  id: string,
  place: Cursor,
): DeferredReply | void {
  return add(parts, session, place, id, { kind: 'removal', targetSeq: remove.seq }, '');
}

/** Says what a room is about. */
export function runSetTopic(
  parts: ChangeParts,
  session: Session,
  { setTopic }: ControlOf<'setTopic'>,
  id: string,
  place: Cursor,
): DeferredReply | void {
  return add(parts, session, place, id, { kind: 'topic' }, setTopic.topic);
}

function add(
  { commits, clock }: ChangeParts,
  session: Session,
  { room }: Cursor,
  id: string,
  change: Change,
  content: string,
): DeferredReply | void {
  return publish(commits, room, {
    change,
    id,
    speaker: session.speaker,
    ...utf8Range(content),
    sentAtMs: clock.wallMs(),
    submitter: session.replies,
  });
}
