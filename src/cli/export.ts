import { once } from 'node:events';
import type { Entry } from '../core/ports.js';
import { entryMessage } from '../core/batch.js';
import type { KeptData } from '../store/storage-kind.js';
import { transcriptLine } from '../transcript/line.js';
import type { ParsedArguments } from './arguments.js';
import { exitCodes } from './exit-codes.js';
import { counted, damageSentence, messageJsonLine } from './format.js';
import { ProgressLine } from './progress-line.js';

/** What is exported, and how. */
export interface ExportOptions {
  readonly room: string;
  /** Proto3 JSON instead of lines for people. */
  readonly json: boolean;
}

/** Its options on the command line. */
export const exportOptions = {
  room: { type: 'string', requiresArg: true, demandOption: true, describe: 'room to export' },
  json: { type: 'boolean', describe: 'write messages as proto3 JSON, one per line' },
} as const;

export function exportOptionsOf(parsed: ParsedArguments): ExportOptions {
  return { room: String(parsed['room']), json: parsed['json'] === true };
}

/** `tcp-chat-server export`: writes a room's messages to stdout, also while the server runs. */
export async function runExport(data: KeptData, options: ExportOptions): Promise<number> {
  const { room, json } = options;
  const progress = new ProgressLine('exporting', process.stderr.isTTY && !process.stdout.isTTY);
  const line = json ? (entry: Entry) => jsonLine(room, entry) : textLine;
  try {
    for (const page of data.exportRoom(room)) {
      if (page.expired > 0) {
        progress.end();
        process.stderr.write(
          `tcp-chat-server: ${counted(page.expired, 'message')} expired meanwhile\n`,
        );
      }
      if (page.damaged !== undefined) {
        progress.end();
        process.stderr.write(`tcp-chat-server: ${damageSentence(page.damaged)}\n`);
      }
      const text = page.entries.map(line).join('');
      // Whoever reads slowly is waited for, so that little is in memory.
      if (!process.stdout.write(text)) await once(process.stdout, 'drain');
      progress.show((page.entries.at(-1)?.seq ?? page.headSeq) / page.headSeq);
    }
    return exitCodes.ok;
  } finally {
    progress.end();
  }
}

/** Messages only, as they are now. */
function textLine({ change, sender, content, sentAtMs }: Entry): string {
  if (change !== undefined) return '';
  return transcriptLine({ kind: 'broadcast', sender, content, sentAtMs });
}

function jsonLine(room: string, entry: Entry): string {
  return `${messageJsonLine(entryMessage(room, entry))}\n`;
}
