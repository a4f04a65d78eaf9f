// Compares the schema with an earlier commit's (the previous one by default) and fails
// when an existing client could no longer read or write it: npm run breaking [-- REF].
import { join } from 'node:path';
import { root, run } from './run.js';

const ref = process.argv[2] ?? 'HEAD~1';
const against = `../.git#ref=${ref},subdir=proto`;
process.exitCode = run('buf', ['breaking', '--against', against], join(root, 'proto')) ? 0 : 1;
