/** What this server can do beyond version 1 of the protocol; see Hello.capabilities. */
const known: ReadonlySet<string> = new Set(['rename', 'devices']);

/** Those of a client's capabilities that are on, each once. */
export function enabledOf(wanted: readonly string[]): string[] {
  return [...new Set(wanted)].filter((capability) => known.has(capability));
}
