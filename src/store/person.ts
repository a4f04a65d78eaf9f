/** The person in `Draft.author`: the part before the first `/`, which separates it from the device. */
export function personOf(author: string): string {
  const end = author.indexOf('/');
  return end === -1 ? author : author.slice(0, end);
}
