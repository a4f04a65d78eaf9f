import type { ChatMessage } from '../../../client/index.js';
import { printable } from '../../../protocol/printable.js';

/** Has the browser tell of a message that speaks of this person; `show` is called for a click. */
export function notifyOfMention({ sender, room, content }: ChatMessage, show: () => void): void {
  try {
    // One per room: the next replaces it.
    const options = { body: printable(content), tag: `tcp-chat-${room}` };
    const notification = new Notification(`${sender} in #${room}`, options);
    notification.addEventListener('click', () => {
      window.focus();
      show();
      notification.close();
    });
  } catch {
    // Some browsers of telephones have the class, but want notifications made otherwise.
  }
}
