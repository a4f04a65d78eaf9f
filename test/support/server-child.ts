import { createServer, type ServerOptions } from '../../src/index.js';
import { memoryInUse } from './memory.js';

/** The program of `ServerProcess`: serves, and answers each message with the memory in use. */
const server = await createServer(JSON.parse(process.argv[2]!) as ServerOptions);
process.on('message', () => void memoryInUse().then((bytes) => process.send!(bytes)));
process.on('disconnect', () => process.exit());
process.send!([server.port, server.httpPort]);
