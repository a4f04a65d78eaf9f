import type { ControlOf } from './request.js';
import type { Session } from './session.js';

export function runPing(
  _parts: unknown,
  session: Session,
  { ping }: ControlOf<'ping'>,
  id: string,
): void {
  session.reply({ id, control: { $case: 'pong', pong: ping } });
}

/** The answer to a ping of the server's. */
export function runPong(_parts: unknown, session: Session, { pong }: ControlOf<'pong'>): void {
  session.heartbeat?.answered(pong.nonce);
}
