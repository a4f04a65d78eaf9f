import { typeFieldBytes } from './frame-sizes.js';
import { MessageType } from './messages.js';
import { varintBytes } from './varint.js';

const contentTag = (1 << 3) | 2;
const typeTag = 2 << 3;

/** What a client sends to broadcast a text, which lies in `content` as UTF-8. */
export function broadcastFrame(content: Uint8Array): Uint8Array {
  const contentFieldBytes =
    content.length === 0 ? 0 : 1 + varintBytes(content.length) + content.length;
  const bodyBytes = contentFieldBytes + typeFieldBytes;
  const frame = new Uint8Array(varintBytes(bodyBytes) + bodyBytes);
  let position = writeVarint(frame, 0, bodyBytes);
  if (contentFieldBytes > 0) {
    frame[position] = contentTag;
    position = writeVarint(frame, position + 1, content.length);
    frame.set(content, position);
    position += content.length;
  }
  frame[position] = typeTag;
  frame[position + 1] = MessageType.BROADCAST;
  return frame;
}

/** Of at most 31 bits. */
function writeVarint(into: Uint8Array, start: number, value: number): number {
  let position = start;
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) {
    into[position] = (rest & 0x7f) | 0x80;
    position += 1;
  }
  into[position] = rest;
  return position + 1;
}
