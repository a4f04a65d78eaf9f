/** Shorter pieces are copied faster by a loop than by `set`, which needs a view of them first. */
const loopBytesMax = 32;

/** Copies the bytes from `start` to before `end` to a position where there is room for them. */
export function copyBytes(
  from: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  position: number,
): void {
  if (end - start > loopBytesMax) into.set(from.subarray(start, end), position);
  else {
    const distance = position - start;
    for (let index = start; index < end; index += 1) into[index + distance] = from[index]!;
  }
}
