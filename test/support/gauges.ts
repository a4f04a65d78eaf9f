import type { TestServer } from './server.js';

/** What a gauge of the server's metrics shows, all of its labels together. */
export async function gauge({ chat }: TestServer, name: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${chat.httpPort}/metrics`);
  const text = await response.text();
  const values = text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .map((line) => Number(line.slice(line.lastIndexOf(' '))));
  if (values.length === 0) throw new Error(`there is no ${name} among the metrics`);
  return values.reduce((sum, value) => sum + value);
}
