// Generates src/protocol/generated from proto/; `npm run check` compares.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from './run.js';

const committed = join(root, 'src', 'protocol');

/** Generates below the given folder; returns whether that worked. */
function generateInto(folder: string): boolean {
  return run('buf', ['generate', '--output', folder], join(root, 'proto'));
}

/** Whether the committed code is what the schema gives. Says so if not. */
export function isGeneratedCodeCurrent(): boolean {
  const fresh = mkdtempSync(join(tmpdir(), 'tcp-chat-generated-'));
  try {
    if (!generateInto(fresh)) return false;
    const differing = differences(join(committed, 'generated'), join(fresh, 'generated'));
    for (const file of differing) {
      process.stdout.write(`src/protocol/generated/${file} differs: npm run generate\n`);
    }
    return differing.length === 0;
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

function differences(one: string, other: string): string[] {
  const files = new Set([...filesBelow(one), ...filesBelow(other)]);
  return [...files].filter((file) => textOf(join(one, file)) !== textOf(join(other, file)));
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

if (process.argv[1]?.endsWith('generate.js')) process.exitCode = generateInto(committed) ? 0 : 1;
