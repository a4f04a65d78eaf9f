/** What the programs exit with; README lists them. */
export const exitCodes = {
  ok: 0,
  /** Something went wrong that none of the others describes. */
  failure: 1,
  /** The command line, the environment or the configuration is wrong. */
  usage: 2,
  /** The server could not be reached, or the connection was lost. */
  cannotConnect: 3,
  /** The server refused the name or a message. */
  refused: 4,
  /** The server did not answer in time. */
  timedOut: 5,
} as const;

/** A reason to end a program: one line on stderr, and an exit code. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
