import { ChatError } from '../protocol/errors.js';
import { ErrorCode } from '../protocol/messages.js';
import type { Session } from './session.js';
import type { Watched } from './timeouts.js';

/**
 * The time that a session has for its first frame, or for a hello that is welcomed, on
 * connections that cost more than a socket. Whoever has said its name may listen as long as
 * it likes.
 */
export class Opening implements Watched {
  readonly #session: Session;
  readonly #beganAtMs: number;

  constructor(session: Session) {
    this.#session = session;
    this.#beganAtMs = session.node.clock.monotonicMs();
  }

  look(nowMs: number): void {
    const session = this.#session;
    const { limits, timeouts } = session.node;
    const isNobody = session.phase === 'new' || session.phase === 'greeting';
    if (session.isOpen && isNobody && session.chosenName === '') {
      if (nowMs - this.#beganAtMs < limits.firstFrameTimeoutMs) return;
      session.refuse(new ChatError(ErrorCode.ERROR_CODE_FIRST_FRAME_TIMEOUT), '');
    }
    timeouts.forget(this);
  }
}
