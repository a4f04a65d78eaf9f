import { Role, type Control, type Welcome } from '../../src/protocol/messages.js';

type Hello = Extract<Control, { $case: 'hello' }>['hello'];

/** A hello of version 1, of a guest if nothing else is given. */
export function helloOf(fields: Partial<Hello> = {}): Hello {
  const nobody = { name: '', credential: undefined, capabilities: [], client: '', device: '' };
  return { version: 1, ...nobody, ...fields };
}

/** The answer of a server that says no more than a name. */
export function welcomeOf(name: string): Welcome {
  return {
    sessionId: '',
    name,
    token: '',
    capabilities: [],
    limits: undefined,
    version: 1,
    server: '',
    role: Role.ROLE_UNSPECIFIED,
    loginId: '',
  };
}
