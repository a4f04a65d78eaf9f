// Writes what derives from something else in the documents: the settings from the schema in
// src/config.ts, the figures from the last benchmark that was kept. With --screenshots it
// takes README's pictures anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flagOf, settingNames, variableOf } from '../src/config.js';
import { schema } from '../src/settings.js';
import {
  comparedWithOthers,
  comparedWithTheLeast,
  headlineFigure,
  storeFigures,
  type Table,
  webSocketFigures,
} from './bench/figures.js';
import { root } from './run.js';

/** By document: what is written between `<!-- name: ... -->` and `<!-- /name -->`. */
const documents: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'README.md': {
    speed: headlineFigure,
  },
  'scripts/deploy/README.md': {
    settings: () =>
      table([['flag', 'variable', 'default', 'what'], ...settingNames.map(settingRow)]),
  },
  'scripts/bench/README.md': {
    others: () => table(comparedWithOthers()),
    least: () => table(comparedWithTheLeast()),
    websocket: () => table(webSocketFigures()),
    store: () => table(storeFigures()),
  },
};

/** Whether the documents say what they derive from says. Says which do not. */
export function areDocumentsCurrent(): boolean {
  const outdated = Object.keys(documents).filter((name) => {
    const text = readFileSync(join(root, name), 'utf8');
    return text !== withSections(name, text);
  });
  if (outdated.length === 0) return true;
  process.stdout.write(`out of date: ${outdated.join(', ')}. Run: npm run docs\n`);
  return false;
}

function withSections(document: string, before: string): string {
  let text = before;
  for (const [name, content] of Object.entries(documents[document]!)) {
    const section = new RegExp(`(<!-- ${name}: .* -->\n)[^]*(<!-- /${name} -->\n)`);
    if (!section.test(text)) throw new Error(`${document} has no place for the ${name}`);
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
function table(rows: Table): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |\n`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  const [head, ...body] = rows.map(line);
  return [head, rule, ...body].join('');
}

if (process.argv[1]?.endsWith('docs.js')) {
  for (const name of Object.keys(documents)) {
    const path = join(root, name);
    writeFileSync(path, withSections(name, readFileSync(path, 'utf8')));
  }
  if (process.argv.includes('--screenshots')) {
    // Only here, as it needs a browser.
    const { takeScreenshots } = await import('./screenshots.js');
    await takeScreenshots();
  }
}
