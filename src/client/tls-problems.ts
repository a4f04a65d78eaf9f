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
  ['EPROTO', noTls],
]);

/** The same error, with a sentence for people where it is about TLS. */
export function explained(error: unknown, host: string): unknown {
  const cause = error instanceof ConnectionError ? error.cause : undefined;
  const { code = '' } = (cause ?? {}) as NodeJS.ErrnoException;
  const sentence = sentences.get(code);
  if (sentence === undefined) return error;
  return new ConnectionError('unreachable', `cannot connect to ${host}: ${sentence}`, { cause });
}
