import { ErrorCode } from './messages.js';

/** What follows from a refusal, for whoever meets it. */
export interface ErrorFacts {
  /** One sentence for a person, without a capital and a full stop. */
  readonly sentence: string;
  /** Whether the server closes the connection after saying so. */
  readonly closes: boolean;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** With which a WebSocket is closed, if it is (RFC 6455 section 7.4.1). */
  readonly closeCode: number;
}

/** The close codes of WebSocket that are used (RFC 6455 section 7.4.1, and IANA's registry). */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupported: 1003,
  badPayload: 1007,
  policyViolation: 1008,
  tooBig: 1009,
  tryAgainLater: 1013,
} as const;

/** What the codes of `ErrorCode` in chat.proto mean; a code without a row is never sent. */
export const errorFacts: Readonly<Record<KnownErrorCode, ErrorFacts>> = {
  [ErrorCode.ERROR_CODE_BAD_LENGTH]: closes(
    'the length prefix of the frame is longer than 5 bytes',
    {
      closeCode: closeCodes.badPayload,
    },
  ),
  [ErrorCode.ERROR_CODE_FRAME_TOO_LARGE]: closes('the frame is longer than the limit', {
    closeCode: closeCodes.tooBig,
  }),
  [ErrorCode.ERROR_CODE_FRAME_TIMEOUT]: closes('the frame was not complete in time'),
  [ErrorCode.ERROR_CODE_FIRST_FRAME_TIMEOUT]: closes('nothing was sent in time after connecting'),
  [ErrorCode.ERROR_CODE_FRAME_TRUNCATED]: closes('the connection ended in the middle of a frame', {
    closeCode: closeCodes.badPayload,
  }),
  [ErrorCode.ERROR_CODE_UNDECODABLE]: closes('the frame is not a ChatMessage', {
    closeCode: closeCodes.badPayload,
  }),
  [ErrorCode.ERROR_CODE_INVALID_UTF8]: closes('a string in the frame is not UTF-8', {
    closeCode: closeCodes.badPayload,
  }),
  [ErrorCode.ERROR_CODE_FOREIGN_PROTOCOL]: closes('this port speaks another protocol'),
  [ErrorCode.ERROR_CODE_WRONG_MESSAGE_KIND]: closes(
    'a WebSocket message was text in place of binary, or binary in place of text',
    { closeCode: closeCodes.unsupported },
  ),
  [ErrorCode.ERROR_CODE_BAD_WEBSOCKET]: closes('the client violates the WebSocket protocol', {
    closeCode: closeCodes.protocolError,
  }),

  [ErrorCode.ERROR_CODE_UNKNOWN_TYPE]: stays('the type is neither ECHO (0) nor BROADCAST (1)'),
  [ErrorCode.ERROR_CODE_EMPTY_CONTENT]: stays('the content must not be empty'),
  [ErrorCode.ERROR_CODE_CONTENT_TOO_LONG]: stays('the content is longer than the limit'),
  [ErrorCode.ERROR_CODE_ID_TOO_LONG]: stays('the id is longer than the limit'),
  [ErrorCode.ERROR_CODE_BAD_ROOM_NAME]: stays(
    'a room name must have 1 to 64 of the characters a-z, 0-9, ".", "_" and "-", and start with a letter or digit',
  ),
  [ErrorCode.ERROR_CODE_NOT_IN_ROOM]: stays('this session has not joined that room'),
  [ErrorCode.ERROR_CODE_TOO_MANY_ROOMS]: stays(
    'this session has joined too many rooms; leave one first',
  ),
  [ErrorCode.ERROR_CODE_ID_REUSED]: stays('this id was already used with different content'),
  [ErrorCode.ERROR_CODE_NO_SUCH_MESSAGE]: stays(
    'there is no such message: it was removed, has expired or never existed',
  ),
  [ErrorCode.ERROR_CODE_NOT_YOURS]: stays('the message was sent by somebody else'),
  [ErrorCode.ERROR_CODE_NOT_ALLOWED]: stays('you are not allowed to do that in this room'),
  [ErrorCode.ERROR_CODE_TOO_MANY_EDITS]: stays(
    'the message has been edited too many times and cannot be edited again',
  ),

  [ErrorCode.ERROR_CODE_MIXED_FRAME]: stays(
    'a frame must hold either a message or one control message',
  ),
  [ErrorCode.ERROR_CODE_NOT_A_REQUEST]: stays('only servers send this control message'),
  [ErrorCode.ERROR_CODE_NOT_SUPPORTED]: stays('this server does not support this request'),
  [ErrorCode.ERROR_CODE_HELLO_FIRST]: stays('this frame needs a successful hello first'),
  [ErrorCode.ERROR_CODE_HELLO_TOO_LATE]: stays('hello must be the first frame'),
  [ErrorCode.ERROR_CODE_BAD_VERSION]: stays('this server speaks only version 1 of the protocol'),
  [ErrorCode.ERROR_CODE_BAD_NAME]: stays(
    'a name must have 1 to 32 letters, digits, ".", "_" or "-", start with a letter or digit, and not start with "guest-" or anything that looks like it',
  ),
  [ErrorCode.ERROR_CODE_NAME_IN_USE]: stays('somebody else has that name', { retryable: true }),
  [ErrorCode.ERROR_CODE_DEVICE_TOO_LONG]: stays("the device's name is longer than the limit"),

  [ErrorCode.ERROR_CODE_BAD_PASSWORD]: stays('a password must have 8 to 1,024 bytes'),
  [ErrorCode.ERROR_CODE_LOGIN_REQUIRED]: stays('this server wants you to log in first'),
  [ErrorCode.ERROR_CODE_NOT_CONFIDENTIAL]: stays(
    'others could read that on its way: use TLS, or connect from the machine of the server',
  ),

  [ErrorCode.ERROR_CODE_NO_SUCH_ACCOUNT]: stays('there is no account of that name'),
  [ErrorCode.ERROR_CODE_NO_SUCH_SESSION]: stays('there is no such session'),

  [ErrorCode.ERROR_CODE_TOO_MANY_CONNECTIONS]: closes(
    'the server has reached its maximum number of connections',
    { retryable: true, closeCode: closeCodes.tryAgainLater },
  ),
  [ErrorCode.ERROR_CODE_TOO_MANY_FROM_ADDRESS]: closes(
    'there are too many connections from your address',
    { retryable: true, closeCode: closeCodes.tryAgainLater },
  ),
  [ErrorCode.ERROR_CODE_OVERLOADED]: closes(
    'the server has no memory left for another connection',
    {
      retryable: true,
      closeCode: closeCodes.tryAgainLater,
    },
  ),
  [ErrorCode.ERROR_CODE_TOO_MANY_LOGINS]: stays(
    'too many logins from your network have failed; try again later',
    {
      retryable: true,
    },
  ),
  [ErrorCode.ERROR_CODE_LOGIN_FAILED]: stays('the name and the credentials do not match'),

  [ErrorCode.ERROR_CODE_TOO_BUSY]: stays('too many passwords wait to be checked', {
    retryable: true,
  }),

  [ErrorCode.ERROR_CODE_STORE_UNAVAILABLE]: stays('the message could not be stored', {
    retryable: true,
  }),
  [ErrorCode.ERROR_CODE_SHUTTING_DOWN]: closes('the server is shutting down', {
    retryable: true,
    closeCode: closeCodes.goingAway,
  }),
  [ErrorCode.ERROR_CODE_STALLED]: closes('the client read nothing for too long', {
    retryable: true,
  }),
  [ErrorCode.ERROR_CODE_SILENT]: closes('the client sent nothing for too long', {
    retryable: true,
  }),
  [ErrorCode.ERROR_CODE_REPLACED]: closes('the same device has connected again'),
  [ErrorCode.ERROR_CODE_LOGGED_OUT]: closes('the log-in of this session was ended'),
  [ErrorCode.ERROR_CODE_KICKED]: closes('an operator has closed this session'),
};

/** The codes that can be sent: all but the two that stand for "none" and "newer than this code". */
export type KnownErrorCode = Exclude<
  ErrorCode,
  ErrorCode.ERROR_CODE_UNSPECIFIED | ErrorCode.UNRECOGNIZED
>;

/** What more there is to say about a failure. */
export interface ChatErrorOptions extends ErrorOptions {
  /** With NAME_IN_USE: a similar name that is free. */
  readonly suggestion?: string;
  /** How long to wait before the same is tried again, in whole milliseconds; 0 for no advice. */
  readonly retryAfterMs?: number;
}

/** A failure that a peer can see. Match on `code`, never on the text. */
export class ChatError extends Error {
  override readonly name = 'ChatError';
  readonly code: ErrorCode;
  readonly suggestion: string;
  readonly retryAfterMs: number;

  /** `sentence` replaces that of the code where more can be said. */
  constructor(code: ErrorCode, sentence?: string, options: ChatErrorOptions = {}) {
    super(sentence ?? factsOf(code).sentence, options);
    this.code = code;
    this.suggestion = options.suggestion ?? '';
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

/** The facts of a code that came over the wire, also of one that is newer than this code. */
export function factsOf(code: ErrorCode): ErrorFacts {
  if (code in errorFacts) return errorFacts[code as KnownErrorCode];
  return stays(`refused with code ${code}`);
}

function closes(sentence: string, more?: Partial<ErrorFacts>): ErrorFacts {
  const closeCode = closeCodes.policyViolation;
  return { sentence, closes: true, retryable: false, closeCode, ...more };
}

function stays(sentence: string, more?: Partial<ErrorFacts>): ErrorFacts {
  const closeCode = closeCodes.policyViolation;
  return { sentence, closes: false, retryable: false, closeCode, ...more };
}
