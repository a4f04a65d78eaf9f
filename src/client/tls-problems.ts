import { ConnectionError } from './errors.js';

const selfSigned = 'its certificate is signed by itself; to trust it, give it as the authority';
const unknownAuthority = 'its certificate is of an authority that is not known here';
const noTls = 'it does not speak TLS there';

/** What Node and OpenSSL call what is wrong with a server's TLS. */
const sentences: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['CERT_NOT_YET_VALID', 'its certificate is not valid yet'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', selfSigned],
  ['SELF_SIGNED_CERT_IN_CHAIN', unknownAuthority],
  ['UNABLE_TO_GET_ISSUER_CERT', unknownAuthority],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', unknownAuthority],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', unknownAuthority],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another name'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', noTls],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', noTls],
]);

/** Node's HTTP client names the same failure with EPROTO, and says which only in OpenSSL's words. */
function isAboutRecords(code: string, message: string): boolean {
  return code === 'EPROTO' && /wrong version number|packet length too long/.test(message);
}

/** The same error, with a sentence for people where it is about TLS. */
export function explained(error: unknown, host: string): unknown {
  const cause = error instanceof ConnectionError ? error.cause : undefined;
  const { code = '', message = '' }: { code?: string; message?: string } = cause ?? {};
  const sentence = isAboutRecords(code, message) ? noTls : sentences.get(code);
  if (sentence === undefined) return error;
  return new ConnectionError('unreachable', `cannot connect to ${host}: ${sentence}`, { cause });
}
