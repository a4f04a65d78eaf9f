import type { VNode } from 'preact';

const hourFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const dayFormat = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
});
const yearFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

/** A time of day; the whole date is its title. */
export function Time({ at }: { readonly at: Date }): VNode {
  return (
    <time dateTime={at.toISOString()} title={fullFormat.format(at)}>
      {hourFormat.format(at)}
    </time>
  );
}

/** That a message was edited; when, is its title. */
export function Edited({ at }: { readonly at: Date }): VNode {
  return (
    <time class="edited" dateTime={at.toISOString()} title={fullFormat.format(at)}>
      (edited)
    </time>
  );
}

/** A day, as one would say it today. */
export function Day({ at }: { readonly at: Date }): VNode {
  return (
    <time dateTime={at.toISOString().slice(0, 10)} title={yearFormat.format(at)}>
      {dayName(at, new Date())}
    </time>
  );
}

function dayName(at: Date, now: Date): string {
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (at.toDateString() === now.toDateString()) return 'Today';
  if (at.toDateString() === yesterday.toDateString()) return 'Yesterday';
  return (at.getFullYear() === now.getFullYear() ? dayFormat : yearFormat).format(at);
}
