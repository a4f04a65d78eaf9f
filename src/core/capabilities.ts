import { capabilities } from '../protocol/capabilities.js';

/** Those of a client's capabilities that this server has, each once. */
export function enabledOf(wanted: readonly string[]): string[] {
  return [...new Set(wanted)].filter((capability) => capabilities.includes(capability));
}
