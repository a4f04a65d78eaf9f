/** Names a session, by how many times the store was opened, and the session's place since then. */
export function sessionId(incarnation: number, ordinal: number): string {
  return incarnation === 1 ? String(ordinal) : `${incarnation}.${ordinal}`;
}
