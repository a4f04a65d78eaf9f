/**
 * What somebody may do in a room, as bits: they are looked at for every frame. A cursor has those
 * of its session; see `commandTable` for what needs which.
 */
export const rights = {
  /** Nothing that one has to be in the room for. */
  none: 0,
  /** To read its history, to know who is there, and to leave. */
  read: 1,
  /** To send messages, and to change one's own. */
  speak: 2,
  setTopic: 4,
} as const;

/** Those of everybody who is in a room. */
export const memberRights = rights.read | rights.speak | rights.setTopic;
