import type { BackupFacts, Checked, ExportPage, KeptData } from '../storage-kind.js';
import { backUp } from './backup.js';
import { checkDatabase } from './check.js';
import { exportRoom } from './export.js';

/** A database, for whoever does not serve it. It is opened anew by each call. */
export class KeptDatabase implements KeptData {
  /** The path of the database. */
  readonly name: string;

  constructor(path: string) {
    this.name = path;
  }

  async backUp(target: string, onProgress?: (part: number) => void): Promise<BackupFacts> {
    return await backUp(this.name, target, onProgress);
  }

  exportRoom(room: string): Iterable<ExportPage> {
    return exportRoom(this.name, room);
  }

  check(): Iterable<Checked> {
    return checkDatabase(this.name);
  }
}
