import { join } from 'node:path';
import { ChatClient } from '../client/client.js';
import { dialPath } from '../client/dial-tcp.js';
import { ConnectionError } from '../client/errors.js';
import type { ClientOperator } from '../client/operator.js';
import { ChatError } from '../protocol/errors.js';
import { Role } from '../protocol/messages.js';
import { printable } from '../protocol/printable.js';
import { operatorSocketName } from '../transports/operator-socket.js';
import { ExitError, exitCodes } from './exit-codes.js';
import { counted } from './format.js';
import { askNewPassword, askSecret } from './secret.js';

const accountActions = ['add', 'list', 'password', 'remove'] as const;

/** `tcp-chat-server account ACTION [NAME]`, on the server that runs with this data folder. */
export async function runAccount(data: string, action: string, name: string): Promise<number> {
  if (!accountActions.some((one) => one === action)) {
    const known = accountActions.join(', ');
    throw new ExitError(exitCodes.usage, `account ${action} is not known: ${known}`);
  }
  if (action !== 'list' && name === '') {
    throw new ExitError(exitCodes.usage, `account ${action} needs a name`);
  }
  return await asOperator(data, async (operator) => {
    switch (action) {
      case 'list':
        for await (const account of operator.accounts()) {
          const state = account.isRemoved ? 'removed' : account.isHere ? 'here' : 'away';
          const since = account.createdAt?.toISOString() ?? '';
          print(account.name, state, since);
        }
        return;
      case 'add':
        await operator.addAccount(name, await newPassword());
        print(`${name} has an account`);
        return;
      case 'password': {
        const ended = await operator.setPassword(name, await newPassword());
        print(`the password of ${name} is changed; ${counted(ended, 'session')} ended`);
        return;
      }
      default: {
        const ended = await operator.removeAccount(name);
        print(`${name} has no account any more; ${counted(ended, 'session')} ended`);
      }
    }
  });
}

const roles: Readonly<Partial<Record<Role, string>>> = {
  [Role.ROLE_USER]: 'user',
  [Role.ROLE_OPERATOR]: 'operator',
};

/** `tcp-chat-server sessions`: who is here. */
export async function runSessions(data: string): Promise<number> {
  return await asOperator(data, async (operator) => {
    for await (const session of operator.sessions()) {
      const { sessionId, name, role, transport, address, client } = session;
      print(sessionId, name, roles[role] ?? 'guest', transport, address, client);
    }
  });
}

/** `tcp-chat-server kick SESSION`: closes a session. */
export async function runKick(data: string, session: string): Promise<number> {
  return await asOperator(data, async (operator) => {
    await operator.endSession(session);
    print(`session ${session} is closed`);
  });
}

async function asOperator(
  data: string,
  operate: (operator: ClientOperator) => Promise<void>,
): Promise<number> {
  const path = join(data, operatorSocketName);
  try {
    const options = { rooms: [], reconnect: false, clientName: 'tcp-chat-server' };
    const client = await ChatClient.connect(new URL('unix:/'), dialPath(path), options);
    try {
      await operate(client.operator);
    } finally {
      await client.close();
    }
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof ChatError) throw new ExitError(exitCodes.refused, error.message);
    if (!(error instanceof ConnectionError)) throw error;
    throw new ExitError(
      exitCodes.cannotConnect,
      `no server runs with this --data: ${error.message}`,
    );
  }
}

async function newPassword(): Promise<string> {
  const given = process.env['TCP_CHAT_PASSWORD'];
  if (given !== undefined) return given;
  const isAtTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const password = isAtTerminal
    ? await askNewPassword(askSecret, (sentence) => print(sentence))
    : undefined;
  if (password !== undefined) return password;
  throw new ExitError(exitCodes.usage, 'no password was given; see TCP_CHAT_PASSWORD');
}

/** A line of fields. */
function print(...fields: readonly string[]): void {
  process.stdout.write(`${fields.map((field) => printable(field)).join('\t')}\n`);
}
