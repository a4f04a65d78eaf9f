import { ExitError, exitCodes } from './exit-codes.js';

const enter = /[\r\n]/;
const backspace = /[\b\x7f]/;
const interrupt = '\x03';
const endOfInput = '\x04';

/**
 * Asks for something that is not to be seen, at a terminal; undefined when the user would rather not
 * say it (Ctrl+C, Ctrl+D). Nobody else may read standard input meanwhile.
 */
export async function askSecret(question: string): Promise<string | undefined> {
  const { stdin, stdout } = process;
  stdout.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  try {
    return await new Promise((resolve) => {
      let typed: string[] = [];
      const take = (text: string): void => {
        for (const character of text) {
          if (enter.test(character)) return done(typed.join(''));
          if (character === interrupt || character === endOfInput) return done(undefined);
          // Arrows and the like come with an escape, all at once.
          if (character === '\x1b') return;
          if (backspace.test(character)) typed = typed.slice(0, -1);
          else typed.push(character);
        }
      };
      const done = (secret: string | undefined): void => {
        stdin.off('data', take);
        resolve(secret);
      };
      stdin.on('data', take);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stdout.write('\n');
  }
}

/** A new password, asked for twice; undefined when the user would rather not. */
export async function askNewPassword(
  ask: (question: string) => Promise<string | undefined>,
  say: (sentence: string) => void,
): Promise<string | undefined> {
  for (;;) {
    const password = await ask('New password: ');
    if (password === undefined || password === '') return undefined;
    const again = await ask('Once more: ');
    if (again === password) return password;
    if (again === undefined) return undefined;
    say('those were two different passwords');
  }
}

/** The password for the account `name`: of the environment, or asked for. Throws `ExitError`. */
export async function passwordFor(name: string): Promise<string> {
  const given = process.env['TCP_CHAT_PASSWORD'];
  if (given !== undefined) return given;
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    const advice = 'give the password in TCP_CHAT_PASSWORD, or log in at a terminal';
    throw new ExitError(exitCodes.usage, advice);
  }
  const password = await askSecret(`Password of ${name}: `);
  if (password === undefined) throw new ExitError(exitCodes.failure, 'not logged in');
  return password;
}
