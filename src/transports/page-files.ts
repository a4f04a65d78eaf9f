import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHash } from 'node:crypto';
import { extname, join, relative, sep } from 'node:path';
import { secure } from './security-headers.js';

/** A file, as it is sent. */
interface PageFile {
  readonly type: string;
  readonly caching: string;
  /** The smallest first; the last one is the file itself. */
  readonly forms: readonly FileForm[];
}

/** A file in one Content-Encoding, with a tag of its own (RFC 9110 section 8.8.3.3). */
interface FileForm {
  readonly encoding: string;
  readonly etag: string;
  readonly body: Buffer;
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
      const hash = createHash('sha256').update(body).digest('base64url').slice(0, 22);
      const forms = compressed.flatMap(([encoding, ending]) => {
        const smaller = readIfThere(path + ending);
        return smaller === undefined
          ? []
          : [{ encoding, etag: `"${hash}-${encoding}"`, body: smaller }];
      });
      this.#files.set(name === '/index.html' ? '/' : name, {
        type,
        caching: name.startsWith(namedByContent) ? forEver : askEachTime,
        forms: [...forms, { encoding: 'identity', etag: `"${hash}"`, body }],
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
    const accepted = headers['accept-encoding'] ?? '';
    const { encoding, etag, body } = file.forms.find((form) => accepts(accepted, form.encoding))!;
    secure(response);
    response.setHeader('Cache-Control', file.caching);
    response.setHeader('ETag', etag);
    response.setHeader('Vary', 'Accept-Encoding');
    if (matches(headers['if-none-match'] ?? '', etag)) {
      response.writeHead(304).end();
      return true;
    }
    if (encoding !== 'identity') response.setHeader('Content-Encoding', encoding);
    response.writeHead(200, { 'Content-Type': file.type, 'Content-Length': body.length });
    response.end(method === 'HEAD' ? undefined : body);
    return true;
  }
}

/**
 * Whether an If-None-Match names what would be sent (RFC 9110 section 13.1.2): proxies that
 * compress make tags weak.
 */
function matches(header: string, etag: string): boolean {
  if (header.trim() === '*') return true;
  const tags = header.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => tag.replace(/^W\//, '') === etag);
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
