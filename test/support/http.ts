import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { bytes, type Part } from './bytes.js';

const failureMs = 10_000;

/** An answer of HTTP. */
export interface Answer {
  readonly status: number;
  /** By their names in small letters. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** What comes back for these bytes, up to the end of the connection, which the server brings. */
export async function exchange(port: number, ...parts: readonly Part[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString('latin1')));
  socket.write(bytes(...parts));
  try {
    // A server may cut off who goes on sending; what it said before counts.
    await once(socket, 'end', { signal: AbortSignal.timeout(failureMs) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET' || received === '') throw error;
  } finally {
    socket.destroy();
  }
  return received;
}

/** The one answer in a text, whose form is checked (RFC 9112). */
export function answerOf(text: string, method = 'GET'): Answer {
  const end = text.indexOf('\r\n\r\n');
  const lines = text.slice(0, Math.max(end, 0)).split('\r\n');
  const [, status] = /^HTTP\/1\.1 (\d{3}) [ -~]*$/.exec(lines[0]!) ?? [];
  if (status === undefined) throw new Error(`not an answer of HTTP: ${text.slice(0, 200)}`);
  const headers = new Map<string, string>();
  for (const line of lines.slice(1)) {
    const [, name, value] = /^([A-Za-z0-9-]+): ([ -~]*)$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`not a header: ${line}`);
    headers.set(name.toLowerCase(), value!);
  }
  const rest = text.slice(end + 4);
  const body = headers.get('transfer-encoding') === 'chunked' ? unchunked(rest) : rest;
  const length = headers.get('content-length');
  if (method === 'HEAD') expect(body).to.equal('');
  else if (length !== undefined) expect(body).to.have.length(Number(length));
  return { status: Number(status), headers, body };
}

/** Asks in a connection of its own. */
export async function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body = '' }: Partial<Asked> = {},
): Promise<Answer> {
  const all = { Host: `127.0.0.1:${port}`, Connection: 'close', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
  return answerOf(await exchange(port, head, body), method);
}

interface Asked {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Every answer has these, also one that refuses. */
export function expectSecure({ headers }: Answer): void {
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy, 'Content-Security-Policy').to.match(/default-src '(none|self)'/);
  expect(policy).to.match(/frame-ancestors 'none'/);
  expect(policy).not.to.match(/unsafe-(inline|eval)/);
  expect(headers.get('x-content-type-options')).to.equal('nosniff');
  expect(headers.get('referrer-policy')).to.equal('no-referrer');
}

/** It says in words what is wrong, and not how the server is made. */
export function expectReadable({ headers, body }: Answer): void {
  expect(headers.get('content-type')).to.match(/^text\/plain\b/);
  expect(body).to.match(/^[\x20-\x7e]{4,}\r?\n?$/);
  expect(body).not.to.match(/\bat .*:\d+|node_modules|\.js\b|Error:/);
}

function unchunked(text: string): string {
  let body = '';
  for (let at = 0; ;) {
    const end = text.indexOf('\r\n', at);
    const length = parseInt(text.slice(at, end), 16);
    if (!(length > 0)) return body;
    body += text.slice(end + 2, end + 2 + length);
    at = end + 2 + length + 2;
  }
}
