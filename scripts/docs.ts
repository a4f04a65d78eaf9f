// Writes README's tables: the settings from the schema in src/config.ts, the figures
// from the last benchmark that was kept. With --screenshots it takes README's pictures anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flagOf, schema, settingNames, variableOf } from '../src/config.js';
import { figures } from './bench/figures.js';
import { root } from './run.js';

const readme = join(root, 'README.md');

/** What is written between `<!-- name: ... -->` and `<!-- /name -->`. */
const sections: Readonly<Record<string, () => string>> = {
  settings: () => table([['flag', 'variable', 'default', 'what'], ...settingNames.map(settingRow)]),
  figures: () => figures().map(table).join('\n'),
};

/** Whether README's tables say what they derive from says. Says so if not. */
export function isReadmeCurrent(): boolean {
  const text = readFileSync(readme, 'utf8');
  if (text === withTables(text)) return true;
  process.stdout.write("README's tables are out of date: npm run docs\n");
  return false;
}

function withTables(readmeText: string): string {
  let text = readmeText;
  for (const [name, content] of Object.entries(sections)) {
    const section = new RegExp(`(<!-- ${name}: .* -->\n)[^]*(<!-- /${name} -->\n)`);
    if (!section.test(text)) throw new Error(`README has no place for the ${name}`);
    text = text.replace(
      section,
      (_, begin: string, end: string) => `${begin}\n${content()}\n${end}`,
    );
  }
  return text;
}

function settingRow(name: (typeof settingNames)[number]): string[] {
  const { help, default: fallback } = schema[name];
  const unit = 'unit' in schema[name] ? ` ${schema[name].unit}` : '';
  return [`\`--${flagOf(name)}\``, `\`${variableOf(name)}\``, `${fallback}${unit}`, help];
}

/** A Markdown table in the way the formatter writes it. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |\n`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  const [head, ...body] = rows.map(line);
  return [head, rule, ...body].join('');
}

if (process.argv[1]?.endsWith('docs.js')) {
  writeFileSync(readme, withTables(readFileSync(readme, 'utf8')));
  if (process.argv.includes('--screenshots')) {
    // Only here, as it needs a browser.
    const { takeScreenshots } = await import('./screenshots.js');
    await takeScreenshots();
  }
}
