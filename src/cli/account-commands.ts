import type { ChatClient } from '../client/client.js';
import type { LoginInfo } from '../client/requests.js';
import { isGuestName } from '../protocol/names.js';
import { counted } from './format.js';
import { askNewPassword } from './secret.js';

/** What commands about the account work on. */
export interface AccountContext {
  readonly client: ChatClient;
  /** Says something to the user. */
  notice(sentence: string): void;
  /** Asks for what is not to be seen; undefined when the user would rather not say it. */
  askSecret(question: string): Promise<string | undefined>;
  /** The user is logged in, otherwise than before perhaps: keeps that for the next run. */
  keepLogin(): void;
  /** The user has logged out. */
  forgetLogin(): void;
}

/** Gets the user an account. */
export async function register(context: AccountContext, name: string): Promise<void> {
  const { client } = context;
  if (client.account.loginId !== '') {
    context.notice(`you have an account: ${client.name}`);
    return;
  }
  if (name === '' && isGuestName(client.name)) {
    context.notice('usage: /register NAME; the name is yours for ever then');
    return;
  }
  const password = await newPassword(context);
  if (password === undefined) return;
  await client.account.register(password, { name });
  context.keepLogin();
  context.notice(`you have an account now, and are logged in as ${client.name}`);
}

/** Changes the password of the account. */
export async function changePassword(context: AccountContext): Promise<void> {
  const before = await context.askSecret('Present password: ');
  if (before === undefined) return;
  const password = await newPassword(context);
  if (password === undefined) return;
  await context.client.account.changePassword(before, password);
  context.keepLogin();
  context.notice('the password is changed, and all other devices are logged out');
}

/** Lists where the user is logged in. */
export async function devices(context: AccountContext): Promise<void> {
  const { account } = context.client;
  for (const [index, login] of (await account.logins()).entries()) {
    const isThis = login.loginId === account.loginId;
    context.notice(`${index + 1}${isThis ? ' (this one)' : ''}: ${factsOf(login)}`);
  }
}

/** Logs out here, or elsewhere. */
export async function logOut(context: AccountContext, argument: string): Promise<void> {
  const { account } = context.client;
  if (argument === 'others') {
    const count = await account.endLogin();
    context.notice(`${counted(count, 'other device')} logged out`);
    return;
  }
  const logins = await account.logins();
  const login =
    argument === ''
      ? logins.find(({ loginId }) => loginId === account.loginId)
      : logins[Number(argument) - 1];
  if (login === undefined) {
    context.notice('usage: /logout, /logout N with a number of /devices, or /logout others');
    return;
  }
  const isThis = login.loginId === account.loginId;
  await account.endLogin(login.loginId);
  if (isThis) context.forgetLogin();
  else context.notice(`logged out: ${factsOf(login)}`);
}

async function newPassword(context: AccountContext): Promise<string | undefined> {
  return await askNewPassword(
    async (question) => await context.askSecret(question),
    (sentence) => context.notice(sentence),
  );
}

function factsOf({ client, address, usedAt, isHere }: LoginInfo): string {
  const when = isHere ? 'connected now' : `used last on ${usedAt?.toLocaleString() ?? ''}`;
  return `${client || 'an unnamed program'} from ${address}, ${when}`;
}
