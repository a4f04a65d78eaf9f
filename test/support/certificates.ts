import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate with its key, as files. */
export interface CertificateFiles {
  readonly tlsCert: string;
  readonly tlsKey: string;
}

/** An authority of a test's own, made with openssl, and the certificates that it gives. */
export class Authority implements Disposable {
  readonly #folder: string;
  #count = 0;

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'tcp-chat-test-'));
    this.#openssl(
      ...['req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2'],
      ...['-subj', '/CN=Authority of a test', '-addext', 'basicConstraints=critical,CA:TRUE'],
    );
  }

  /** The file with its own certificate. */
  get path(): string {
    return join(this.#folder, 'ca.pem');
  }

  get certificate(): string {
    return readFileSync(this.path, 'utf8');
  }

  /** A certificate for these names; with negative days, one that has expired. */
  certify(names = 'DNS:localhost,IP:127.0.0.1', days = 2): CertificateFiles {
    const name = this.#request(names);
    this.#openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, '-days', String(days)],
      ...['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-copy_extensions', 'copy'],
    );
    return this.#files(name);
  }

  /** One that no authority has signed. */
  selfSigned(names = 'DNS:localhost,IP:127.0.0.1'): CertificateFiles {
    const name = this.#request(names);
    this.#openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, '-days', '2'],
      ...['-key', `${name}.key`, '-copy_extensions', 'copy'],
    );
    return this.#files(name);
  }

  /** A key of another kind than all these certificates have. */
  otherKindOfKey(): string {
    const path = join(this.#folder, 'rsa.key');
    this.#openssl('genpkey', '-algorithm', 'RSA', '-out', path);
    return path;
  }

  /** A file with nothing in it. */
  empty(): string {
    const path = join(this.#folder, 'empty.pem');
    writeFileSync(path, '');
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }

  #request(names: string): string {
    this.#count += 1;
    const name = `server-${this.#count}`;
    this.#openssl(
      ...['req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`],
      ...['-subj', '/CN=a test', '-addext', `subjectAltName=${names}`],
    );
    return name;
  }

  #files(name: string): CertificateFiles {
    const [tlsCert, tlsKey] = ['pem', 'key'].map((end) => join(this.#folder, `${name}.${end}`));
    return { tlsCert: tlsCert!, tlsKey: tlsKey! };
  }

  #openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.#folder, stdio: 'pipe' });
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const;
