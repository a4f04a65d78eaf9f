import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the programs of all tests keep who they are, instead of in the home of who runs them. */
const folder = mkdtempSync(join(tmpdir(), 'tcp-chat-state-'));

process.env['XDG_STATE_HOME'] = folder;
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
