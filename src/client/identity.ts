import { capabilities } from '../protocol/capabilities.js';
import { protocolVersion } from '../protocol/limits.js';
import {
  ErrorCode,
  type AccountReply,
  type Control,
  type ErrorReply,
  type Welcome,
} from '../protocol/messages.js';
import { isGuestName } from '../protocol/names.js';
import { randomHex, type ClientEnvironment } from './environment.js';

type Hello = Extract<Control, { $case: 'hello' }>['hello'];

/** What somebody gives who connects; see `ConnectOptions`. */
export interface Introduction {
  readonly name: string;
  readonly token: string;
  readonly claim: string;
  readonly password: string;
  readonly jwt: string | (() => string);
  readonly device: string;
  readonly clientName: string;
}

/** Of the tokens of log-ins; see chat.proto 6.7. */
const loginTokenPrefix = 'login-';

/** Who this client is to the server, from one connection to the next. */
export class Identity {
  /** As others see it; empty before the first welcome. */
  name = '';
  /** Proves to be the same person again; empty without one. */
  token: string;
  /**
   * Counts the persons that this client has been. Beyond the first it is another one
   * whenever the server did not take the token; ids of before mean nothing then.
   */
  personsEver = 0;
  readonly #device: string;
  readonly #clientName: string;
  /** Makes this client the same person also if the first welcome is lost; empty without one. */
  readonly #claim: string;
  /** Of somebody else's log-in; empty without one. */
  readonly #jwt: () => string;
  /** Until there is a token for the log-in. */
  #password: string;
  /** Names the log-in; empty for a guest. */
  loginId = '';
  #wantedName: string;
  /** Whether the person has its name already, so that none needs to be asked for. */
  #isNamed = false;
  #isKnown = false;

  constructor(introduction: Introduction, environment: ClientEnvironment) {
    const { name, token, claim, password, jwt, device, clientName } = introduction;
    this.#jwt = typeof jwt === 'string' ? () => jwt : jwt;
    this.#password = password;
    this.#wantedName = name;
    this.token = token;
    this.#device = device;
    // A guest's name is given by the server, and nobody else can take it.
    const needsClaim = claim === '' && name !== '' && password === '' && jwt === '';
    this.#claim = needsClaim ? randomHex(environment) + randomHex(environment) : claim;
    this.#clientName = clientName;
  }

  /** The next hello. */
  hello(): Hello {
    this.#isKnown = this.token !== '';
    return {
      version: protocolVersion,
      name: this.#isNamed && this.#isKnown ? '' : this.#wantedName,
      credential: this.#credential(),
      capabilities: [...capabilities],
      client: this.#clientName,
      device: this.#device,
    };
  }

  #credential(): Hello['credential'] {
    if (this.token !== '') return { $case: 'token', token: this.token };
    const jwt = this.#jwt();
    if (jwt !== '') return { $case: 'jwt', jwt };
    if (this.#password !== '') return { $case: 'password', password: this.#password };
    return this.#claim === '' ? undefined : { $case: 'claim', claim: this.#claim };
  }

  /** Takes what the last hello was answered with. */
  welcomed({ name, token, loginId }: Pick<Welcome, 'name' | 'token' | 'loginId'>): void {
    const isSame = this.#isKnown || (loginId !== '' && loginId === this.loginId);
    if (!isSame) this.personsEver += 1;
    this.loginId = loginId;
    this.#password = '';
    this.named({ name, token });
  }

  /** Takes what a request about the account was answered with: it may be a log-in. */
  replied({ result }: AccountReply): void {
    if (result?.$case !== 'loggedIn') return;
    const { name, token, loginId } = result.loggedIn;
    this.loginId = loginId;
    this.named({ name, token });
  }

  /** The person has this name from now on. */
  named({ name, token }: { readonly name: string; readonly token: string }): void {
    this.name = name;
    this.token = token;
    this.#wantedName = isGuestName(name) ? '' : name;
    this.#isNamed = true;
  }

  /**
   * Changes what the next hello says after this refusal: it goes without the token, or with the
   * name that the server suggests, if this has been in before. Returns whether it may be accepted
   * at once. When too many logins have failed, the token is not good either (chat.proto,
   * Hello.token); whoever has been in has the time to come back later without it.
   */
  adaptTo({ code, suggestion }: ErrorReply, hasBeenIn: boolean): boolean {
    // Whoever is logged out should know it.
    if (this.token.startsWith(loginTokenPrefix)) return false;
    const isTooMany = code === ErrorCode.ERROR_CODE_TOO_MANY_LOGINS;
    if ((isTooMany || code === ErrorCode.ERROR_CODE_LOGIN_FAILED) && this.token !== '') {
      this.token = '';
      return !isTooMany || !hasBeenIn;
    }
    if (code === ErrorCode.ERROR_CODE_NAME_IN_USE && hasBeenIn) {
      this.#wantedName = suggestion;
      this.#isNamed = false;
      return true;
    }
    return false;
  }
}
