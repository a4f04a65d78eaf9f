/** Where people chat while the server is killed. */
export const rooms = ['lobby', 'garden', 'attic'] as const;

/** Those who publish, by their names, and how many messages each keeps under way. */
export const publishers = [
  { name: 'ann', window: 20 },
  { name: 'bob', window: 35 },
  { name: 'cleo', window: 45 },
  { name: 'dan', window: 60 },
] as const;

/** The longest text has so many letters, beside its number. */
const lettersMax = 250;

/** The text of a message, which follows from its number alone. */
export function textOf(number: number): string {
  return `${number} ${'ä'.repeat((number * 7919) % lettersMax)}.`;
}

/** The number of the message with this text; undefined when there is none. */
export function numberOf(text: string): number | undefined {
  const number = Number.parseInt(text, 10);
  return number >= 0 && textOf(number) === text ? number : undefined;
}

/** The numbers of all such texts within a text. */
export function numbersIn(text: string): number[] {
  const found = text.matchAll(/(\d+) ä*\./g);
  return Array.from(found, ([match]) => numberOf(match)).filter((one) => one !== undefined);
}
