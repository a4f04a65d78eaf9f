import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHash } from 'node:crypto';
import { extname, join, relative, sep } from 'node:path';
import { secure } from './security-headers.js';

/** A file, as it is sent. */
interface PageFile {
  readonly type: string;
  readonly etag: string;
  readonly caching: string;
  /** By Content-Encoding, the smallest first; the last one is the file itself. */
  readonly bodies: ReadonlyArray<readonly [encoding: string, body: Buffer]>;
}

const types: ReadonlyMap<string, string> = new Map([
  ['.css', 'text/css; charset=utf-8'],
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
]);

/** What the build puts beside each file, and how HTTP calls it. */
const compressed = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/** A built file's name says what is in it; the page itself is asked for each time. */
const namedByContent = '/assets/';
const forEver = 'public, max-age=31536000, immutable';
const askEachTime = 'no-cache';

/**
 * The built page, read once and kept: it is small, and a file that is opened for each
 * request is one that can be missing, or one too many.
 */
export class PageFiles {
  readonly #files = new Map<string, PageFile>();

  /** Reads all files of a folder; none when there is no such folder. */
  constructor(folder: string) {
    for (const path of filesIn(folder)) {
      const type = types.get(extname(path));
      if (type === undefined) continue;
      const name = `/${relative(folder, path).split(sep).join('/')}`;
      const body = readFileSync(path);
      const bodies = compressed.flatMap(([encoding, ending]) => {
        const smaller = readIfThere(path + ending);
        return smaller === undefined ? [] : ([[encoding, smaller]] as const);
      });
      this.#files.set(name === '/index.html' ? '/' : name, {
        type,
        etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
        caching: name.startsWith(namedByContent) ? forEver : askEachTime,
        bodies: [...bodies, ['identity', body]],
      });
    }
  }

  /** Whether there is a page at all. */
  get isEmpty(): boolean {
    return this.#files.size === 0;
  }

  /** Answers with a file; false when there is none of that name. */
  answer(
    pathname: string,
    { method, headers }: IncomingMessage,
    response: ServerResponse,
  ): boolean {
    const file = this.#files.get(pathname);
    if (file === undefined) return false;
    secure(response);
    response.setHeader('Cache-Control', file.caching);
    response.setHeader('ETag', file.etag);
    response.setHeader('Vary', 'Accept-Encoding');
    if (headers['if-none-match']?.split(/, */).includes(file.etag) === true) {
      response.writeHead(304).end();
      return true;
    }
    const accepted = headers['accept-encoding'] ?? '';
    const [encoding, body] = file.bodies.find(([name]) => accepts(accepted, name))!;
    if (encoding !== 'identity') response.setHeader('Content-Encoding', encoding);
    response.writeHead(200, { 'Content-Type': file.type, 'Content-Length': body.length });
    response.end(method === 'HEAD' ? undefined : body);
    return true;
  }
}

/** Whether a header names an encoding, and not with the weight 0 (RFC 9110 section 12.5.3). */
function accepts(header: string, encoding: string): boolean {
  if (encoding === 'identity') return true;
  const entries = header.split(',').map((entry) => entry.split(';').map((part) => part.trim()));
  const weight = entries.find(([name]) => name?.toLowerCase() === encoding)?.[1] ?? 'q=1';
  return entries.some(([name]) => name?.toLowerCase() === encoding) && !/^q=0(\.0*)?$/.test(weight);
}

function filesIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
