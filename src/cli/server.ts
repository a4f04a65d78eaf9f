#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import {
  environmentSource,
  fileSource,
  flagOf,
  settingNames,
  settingsFrom,
  variableOf,
  type Source,
} from '../config.js';
import { certificateOf } from '../certificate.js';
import { jwtLoginsOf } from '../jwt-logins.js';
import { schema, type SettingName, type Settings } from '../settings.js';
import { storageKind } from '../store/kinds.js';
import type { KeptData } from '../store/storage-kind.js';
import { parseArguments, type CommandLine, type ParsedArguments } from './arguments.js';
import { runBackup } from './backup.js';
import { runCheck } from './check.js';
import { ExitError, exitCodes } from './exit-codes.js';
import { exportOptions, exportOptionsOf, runExport } from './export.js';
import { runAccount, runKick, runSessions } from './operate.js';
import { runProgram } from './program.js';
import { serve } from './serve.js';

const program = 'tcp-chat-server';

await runProgram(program, async () => {
  const parsed = await parseArguments({
    program,
    commands: [
      [['$0', 'start'], 'run the server (the default)'],
      [
        'config [what]',
        'show: print the settings in use, as JSON (the default); check: only check them',
      ],
      ['backup <file>', 'copy the database to a new file; the server may be running'],
      [
        'account <action> [name]',
        'add, list, password or remove: the accounts of a server that runs with --data',
      ],
      ['sessions', 'list who is on a server that runs with --data'],
      ['kick <session>', 'close a session of a server that runs with --data'],
      ['check', 'look for damage in the database; the server may be running'],
      ['export', "write a room's messages to stdout; the server may be running", exportOptions],
    ],
    options: {
      config: { type: 'string', requiresArg: true, describe: 'JSON file with settings' },
      ...Object.fromEntries(settingNames.map((name) => [flagOf(name), optionOf(name)])),
    },
    examples: [
      ['$0 --port 5000', 'listen on port 5000'],
      [`${variableOf('port')}=5000 $0`, 'the same'],
    ],
  });
  const settings = settingsOf(parsed);
  switch (parsed._[0]) {
    case 'config':
      return runConfig(settings, (parsed['what'] as string | undefined) ?? 'show');
    case 'account': {
      const { action, name = '' } = parsed as unknown as { action: string; name?: string };
      return await runAccount(settings.data, action, name);
    }
    case 'sessions':
      return await runSessions(settings.data);
    case 'kick':
      return await runKick(settings.data, String(parsed['session']));
    case 'backup':
      return await runBackup(keptData(settings), String(parsed['file']));
    case 'check':
      return await runCheck(keptData(settings));
    case 'export':
      return await runExport(keptData(settings), exportOptionsOf(parsed));
    default:
      return await serve(settings, () => settingsOf(parsed));
  }
});

/** Files that the settings name are looked at as well. */
function runConfig(settings: Settings, what: string): number {
  if (what !== 'show' && what !== 'check') {
    throw new ExitError(exitCodes.usage, `config ${what} is not known: show or check`);
  }
  certificateOf(settings);
  jwtLoginsOf(settings);
  const text = what === 'show' ? JSON.stringify(settings, null, 2) : 'the settings can be used';
  process.stdout.write(`${text}\n`);
  return exitCodes.ok;
}

function keptData({ store, data }: Settings): KeptData {
  return storageKind(store).keptIn(data);
}

/** Flags win over the environment, that over the file, and that over the defaults. */
function settingsOf(parsed: ParsedArguments): Settings {
  const flags: Source = {
    values: Object.fromEntries(settingNames.map((name) => [name, parsed[flagOf(name)]])),
    nameOf: (name) => `--${flagOf(name)}`,
  };
  // The password is for who asks for it.
  const { TCP_CHAT_CONFIG: fileOfEnvironment, TCP_CHAT_PASSWORD: _, ...environment } = process.env;
  const path = (parsed['config'] as string | undefined) ?? fileOfEnvironment;
  const file = path === undefined ? [] : [fileSource(readConfig(path), path)];
  return settingsFrom(...file, environmentSource(environment), flags);
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ExitError(exitCodes.usage, `cannot read --config: ${(error as Error).message}`);
  }
}

function optionOf(name: SettingName): CommandLine['options'][string] {
  const { default: fallback, help } = schema[name];
  const unit = 'unit' in schema[name] ? ` ${schema[name].unit}` : '';
  const facts = { describe: help, defaultDescription: `${fallback}${unit}` };
  if (typeof fallback === 'boolean') return { ...facts, type: 'boolean' };
  // Numbers, too, are read by the schema, which knows their range.
  if (!('isList' in schema[name])) return { ...facts, type: 'string', requiresArg: true };
  // Of each flag one value: what follows may be a command.
  return { ...facts, type: 'string', array: true, nargs: 1 };
}
