import { createServer, type ChatServer } from '../../src/index.js';

/** What the program is asked. */
export type HostRequest =
  | { readonly kind: 'start'; readonly data: string }
  /** Ends the server as SIGTERM does. */
  | { readonly kind: 'stop' };

/** What it answers. */
export type HostAnswer =
  | { readonly kind: 'started'; readonly port: number; readonly warnings: readonly string[] }
  | { readonly kind: 'refused'; readonly name: string; readonly sentence: string }
  | { readonly kind: 'stopped' };

/** The program of `Host`: one server after the other, so that each starts at once. */
let server: ChatServer | undefined;

async function perform(request: HostRequest): Promise<HostAnswer> {
  if (request.kind === 'stop') {
    // It may say that the disk does not do what it should.
    await server?.close().catch(() => {});
    server = undefined;
    return { kind: 'stopped' };
  }
  const warnings: string[] = [];
  const warn = (_: object, text: string): void => void warnings.push(text);
  try {
    server = await createServer({
      port: 0,
      http: false,
      data: request.data,
      drainTimeoutMs: 500,
      logger: { info: () => {}, warn, error: () => {} },
    });
    return { kind: 'started', port: server.port, warnings };
  } catch (error) {
    const { name, message: sentence } = error as Error;
    return { kind: 'refused', name, sentence };
  }
}

process.on('message', (request: HostRequest) => {
  void perform(request).then((answer) => process.send!(answer));
});
process.on('disconnect', () => process.exit());
