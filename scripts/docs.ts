// Writes README's table of settings from the schema in src/config.ts. With --check it
// only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flagOf, schema, settingNames, variableOf } from '../src/config.js';
import { root } from './run.js';

const readme = join(root, 'README.md');
const begin = '<!-- settings: npm run docs -->\n';
const end = '<!-- /settings -->\n';

/** Whether README's table says what the schema says. Says so if not. */
export function isReadmeCurrent(): boolean {
  const text = readFileSync(readme, 'utf8');
  if (text === withTable(text)) return true;
  process.stdout.write("README's settings are out of date: npm run docs\n");
  return false;
}

function withTable(text: string): string {
  const start = text.indexOf(begin) + begin.length;
  const stop = text.indexOf(end);
  if (start < begin.length || stop < 0) throw new Error('README has no place for the settings');
  return `${text.slice(0, start)}\n${table()}\n${text.slice(stop)}`;
}

function table(): string {
  const rows = settingNames.map((name) => {
    const { help, default: fallback } = schema[name];
    const unit = 'unit' in schema[name] ? ` ${schema[name].unit}` : '';
    return [`\`--${flagOf(name)}\``, `\`${variableOf(name)}\``, `${fallback}${unit}`, help];
  });
  return aligned([['flag', 'variable', 'default', 'what'], ...rows]);
}

/** A Markdown table in the way the formatter writes it. */
function aligned(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |\n`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  const [head, ...body] = rows.map(line);
  return [head, rule, ...body].join('');
}

if (process.argv[1]?.endsWith('docs.js')) {
  if (process.argv.includes('--check')) process.exitCode = isReadmeCurrent() ? 0 : 1;
  else writeFileSync(readme, withTable(readFileSync(readme, 'utf8')));
}
