import type { ChatClient } from '../client/client.js';
import { connect, type NodeConnectOptions } from '../client/connect.js';
import { ChatError } from '../protocol/errors.js';
import { ErrorCode } from '../protocol/messages.js';
import { ExitError, exitCodes } from './exit-codes.js';
import { Identities, type KeptIdentity } from './identities.js';
import { askNewPassword, askSecret, passwordFor } from './secret.js';

/** As whom somebody comes. */
export interface Visitor {
  /** `guest`: under a name, or none; `login`: with an account; `register`: to get one. */
  readonly kind: 'guest' | 'login' | 'register';
  readonly name: string;
}

/** Where, and how else. */
export interface SignInOptions {
  readonly url: string;
  readonly rooms: readonly string[];
  readonly more: NodeConnectOptions;
  /** Says something to the user that does not keep the program from going on. */
  readonly say: (sentence: string) => void;
}

/** Who is signed in, and what is kept of that for the next run. */
export class SignedIn {
  readonly client: ChatClient;
  readonly #url: string;
  readonly #kept: Keeper;

  private constructor(client: ChatClient, url: string, kept: Keeper) {
    this.client = client;
    this.#url = url;
    this.#kept = kept;
  }

  /** Rejects as `connect` does, and with `ExitError`. */
  static async as(visitor: Visitor, options: SignInOptions): Promise<SignedIn> {
    const kept = new Keeper(options.say);
    const signedIn = new SignedIn(await clientOf(visitor, options, kept), options.url, kept);
    if (visitor.kind !== 'guest') signedIn.keepLogin();
    return signedIn;
  }

  /** The user is logged in, otherwise than before perhaps. */
  readonly keepLogin = (): void => {
    const { name, token } = this.client;
    this.#kept.keep(this.#url, name, { token });
  };

  /** The user has logged out. */
  readonly forgetLogin = (): void => this.#kept.forget(this.#url, this.client.name);
}

async function clientOf(
  visitor: Visitor,
  { url, rooms, more, say }: SignInOptions,
  kept: Keeper,
): Promise<ChatClient> {
  const { name } = visitor;
  switch (visitor.kind) {
    case 'guest': {
      const identity = name === '' ? {} : kept.find(url, name);
      const client = await connect(url, { ...more, rooms, name, ...identity });
      client.on('renamed', (newName) => {
        if (identity.claim !== undefined) kept.keep(url, newName, identity);
      });
      return client;
    }
    case 'login': {
      const { token } = kept.find(url, name);
      if (token !== undefined) {
        try {
          return await connect(url, { ...more, rooms, name, token });
        } catch (error) {
          const isOver =
            error instanceof ChatError && error.code === ErrorCode.ERROR_CODE_LOGIN_FAILED;
          if (!isOver) throw error;
          kept.forget(url, name);
          say(error.message);
        }
      }
      return await connect(url, { ...more, rooms, name, password: await passwordFor(name) });
    }
    case 'register': {
      const password = process.env['TCP_CHAT_PASSWORD'] ?? (await newPassword(say));
      // Somebody without an account may be let into no room.
      const client = await connect(url, { ...more, rooms: [], name, ...kept.find(url, name) });
      try {
        await client.account.register(password);
        kept.keep(url, client.name, { token: client.token });
        for (const room of rooms) await client.join(room);
        return client;
      } catch (error) {
        await client.close();
        throw error;
      }
    }
  }
}

async function newPassword(say: (sentence: string) => void): Promise<string> {
  const isAtTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const password = isAtTerminal ? await askNewPassword(askSecret, say) : undefined;
  if (password !== undefined) return password;
  throw new ExitError(exitCodes.usage, 'no password was given; see TCP_CHAT_PASSWORD');
}

/** What is kept; where that does not work, it is said, and one goes on. */
class Keeper {
  readonly #identities = new Identities();
  readonly #say: (sentence: string) => void;

  constructor(say: (sentence: string) => void) {
    this.#say = say;
  }

  find(url: string, name: string): KeptIdentity {
    return this.#attempt(name, () => this.#identities.find(url, name)) ?? {};
  }

  keep(url: string, name: string, identity: KeptIdentity): void {
    this.#attempt(name, () => this.#identities.keep(url, name, identity));
  }

  forget(url: string, name: string): void {
    this.#attempt(name, () => this.#identities.forget(url, name));
  }

  #attempt<Result>(name: string, attempt: () => Result): Result | undefined {
    try {
      return attempt();
    } catch (error) {
      const problem = (error as Error).message;
      this.#say(`the secret for the name ${name} cannot be saved: ${problem}`);
      return undefined;
    }
  }
}
