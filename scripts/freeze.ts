// npm run freeze: puts the client library and the server, as they are now, into test/earlier,
// one file each. Tests hold later ones against them (chat.proto, "Growing"); it is run when
// the protocol is about to get new kinds of things, and never again for the same stage.
import { join } from 'node:path';
import { build } from 'vite';
import { root } from './run.js';

const entries = {
  client: join(root, 'dist', 'src', 'client', 'connect.js'),
  server: join(root, 'dist', 'src', 'server.js'),
};

for (const [name, entry] of Object.entries(entries)) {
  await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      ssr: entry,
      target: 'node20',
      minify: true,
      outDir: join(root, 'test', 'earlier'),
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: `${name}.mjs` } },
    },
  });
}
