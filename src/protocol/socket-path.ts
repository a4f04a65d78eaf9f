/** As long as the path of a socket can be on Linux, with a zero after it (unix(7)). */
const socketPathBytesMax = 107;

/** Throws for a path that would be cut off, so that it would be that of something else. */
export function checkSocketPath(path: string): void {
  if (new TextEncoder().encode(path).length <= socketPathBytesMax) return;
  throw new Error(`the path ${path} is too long for a socket: ${socketPathBytesMax} bytes at most`);
}
