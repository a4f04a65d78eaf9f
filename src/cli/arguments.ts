import { readFileSync } from 'node:fs';
import yargs, { type Options } from 'yargs';
import { ExitError, exitCodes } from './exit-codes.js';

/** What a program takes on its command line. */
export interface CommandLine {
  readonly program: string;
  /**
   * Name, arguments and description of each command, and options that it alone has; the
   * first name may be `$0`, the default.
   */
  readonly commands: ReadonlyArray<
    readonly [
      name: string | readonly string[],
      help: string,
      options?: Readonly<Record<string, Options>>,
    ]
  >;
  readonly options: Readonly<Record<string, Options>>;
  readonly examples?: ReadonlyArray<readonly [command: string, help: string]>;
}

/** What was found there: the values by their names in kebab-case, and what is no option in `_`. */
export type ParsedArguments = Readonly<Record<string, unknown>> & { readonly _: string[] };

/**
 * Reads the command line; `--help` and `--version` answer and end the program.
 * Throws `ExitError` for what the program does not take.
 */
export async function parseArguments(line: CommandLine): Promise<ParsedArguments> {
  const parser = yargs(process.argv.slice(2))
    .scriptName(line.program)
    .parserConfiguration({
      'camel-case-expansion': false,
      'dot-notation': false,
      // A second value replaces the first, but for options that are lists: see below.
      'duplicate-arguments-array': true,
      'parse-positional-numbers': false,
      'strip-aliased': true,
    })
    .options(line.options)
    .example((line.examples ?? []).map(([command, help]) => [command, help]))
    .version(packageVersion())
    .help()
    .alias('help', 'h')
    .wrap(Math.min(100, process.stdout.columns ?? 100))
    .strict()
    .fail((message: string | undefined, error: Error | undefined) => {
      const reason = (message ?? error?.message ?? 'wrong usage').replace(/\s*\n\s*/g, ' ');
      throw new ExitError(exitCodes.usage, `${reason} (see --help)`);
    });
  for (const [name, help, options = {}] of line.commands) parser.command(name, help, options);
  const parsed = await parser.parseAsync();
  const last = Object.entries(parsed).map(([name, value]) => {
    const isList = line.options[name]?.array === true || !Array.isArray(value);
    return [name, isList ? value : (value.at(-1) as unknown)] as const;
  });
  return { ...Object.fromEntries(last), _: parsed._.map(String) };
}

/** The package's version, from its manifest. */
export function packageVersion(): string {
  const url = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version;
}
