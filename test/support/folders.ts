import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder for a test; `removeFolder` removes it. */
export async function makeFolder(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'tcp-chat-test-'));
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true });
}
