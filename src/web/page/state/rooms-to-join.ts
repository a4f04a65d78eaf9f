import { lobbyName } from '../../../protocol/limits.js';
import type { KeptHere } from './kept-here.js';

/** The rooms to begin with, as the last visit has left them. */
export function roomsToJoin(kept: KeptHere): Array<{ room: string; last: 0; presence: true }> {
  const names = kept.rooms.read().rooms.map(({ room }) => room);
  return (names.length === 0 ? [lobbyName] : names).map((room) => ({
    room,
    last: 0,
    presence: true,
  }));
}
