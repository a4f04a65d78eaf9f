/**
 * What this code can do beyond the first version of the protocol, as client and as server;
 * chat.proto, Hello.capabilities, says what each name means.
 */
export const capabilities: readonly string[] = [
  'rename',
  'devices',
  'claims',
  'changes',
  'room-list',
  'accounts',
];
