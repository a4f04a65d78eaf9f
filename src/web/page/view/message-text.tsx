import type { VNode } from 'preact';
import { messageParts, type MessagePart } from '../../model/message-parts.js';

/** What somebody has written, as text and nothing but text. */
export function MessageText({ content }: { readonly content: string }): VNode {
  return (
    <p class="text" dir="auto">
      {messageParts(content).map(drawPart)}
    </p>
  );
}

function drawPart(part: MessagePart, index: number): VNode | string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'escape':
      return (
        <code class="escape" key={index}>
          {part.text}
        </code>
      );
    case 'link':
      return (
        <a href={part.url} key={index} target="_blank" rel="noopener noreferrer">
          {part.text}
        </a>
      );
  }
}
