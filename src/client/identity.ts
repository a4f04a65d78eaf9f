import { protocolVersion } from '../protocol/limits.js';
import { ErrorCode, type Control, type ErrorReply, type Welcome } from '../protocol/messages.js';
import { isGuestName } from '../protocol/names.js';

type Hello = Extract<Control, { $case: 'hello' }>['hello'];

/** Who this client is to the server, from one connection to the next. */
export class Identity {
  /** As others see it; empty before the first welcome. */
  name = '';
  /** Proves to be the same sender again; empty without one. */
  token: string;
  /**
   * Counts the senders that this client has been. Beyond the first it is another one
   * whenever the server did not take the token; ids of before mean nothing then.
   */
  sendersEver = 0;
  readonly #clientName: string;
  #wantedName: string;
  #isKnown = false;

  constructor(name: string, token: string, clientName: string) {
    this.#wantedName = name;
    this.token = token;
    this.#clientName = clientName;
  }

  /** The next hello; with a name, one that asks for this instead of the present one. */
  hello(name = this.#wantedName): Hello {
    this.#isKnown = this.token !== '';
    return {
      version: protocolVersion,
      name,
      credential: this.token === '' ? undefined : { $case: 'token', token: this.token },
      capabilities: [],
      client: this.#clientName,
    };
  }

  /** Takes what the last hello was answered with. */
  welcomed({ name, token }: Welcome): void {
    if (!this.#isKnown) this.sendersEver += 1;
    this.name = name;
    this.token = token;
    this.#wantedName = isGuestName(name) ? '' : name;
  }

  /**
   * Whether another hello may be accepted at once where the last one was refused: without
   * the token, or with the name that the server suggests, if this has been in before. When
   * too many logins have failed, the token is not good either (chat.proto, Hello.token); whoever
   * has been in has the time to come back later without it.
   */
  givesWay({ code, suggestion }: ErrorReply, hasBeenIn: boolean): boolean {
    const isTooMany = code === ErrorCode.ERROR_CODE_TOO_MANY_LOGINS;
    if ((isTooMany || code === ErrorCode.ERROR_CODE_LOGIN_FAILED) && this.token !== '') {
      this.token = '';
      return !isTooMany || !hasBeenIn;
    }
    if (code === ErrorCode.ERROR_CODE_NAME_IN_USE && hasBeenIn) {
      this.#wantedName = suggestion;
      return true;
    }
    return false;
  }
}
