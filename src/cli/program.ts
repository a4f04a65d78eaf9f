import { ConfigError } from '../config.js';
import { ExitError, exitCodes } from './exit-codes.js';

/** Runs a program's main function; a failure becomes one line on stderr and an exit code. */
export async function runProgram(program: string, main: () => Promise<number>): Promise<void> {
  // Whoever reads our output may go away first (`| head`): then there is nothing left to say.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.stderr.write(`${program}: ${error.message}\n`);
    process.exit(exitCodes.failure);
  });
  process.stderr.on('error', () => {});
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`${program}: ${describe(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof ExitError) return error.exitCode;
  return error instanceof ConfigError ? exitCodes.usage : exitCodes.failure;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isExpected = error instanceof ExitError || error instanceof ConfigError || 'code' in error;
  return isExpected ? error.message : (error.stack ?? error.message);
}
