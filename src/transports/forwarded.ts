import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { canonical } from '../core/addresses.js';
import type { AddressRanges } from './address-ranges.js';
import { peerOf, type Peer } from './peers.js';

/**
 * Whose request it is: the peer's; or, where that is a trusted proxy, whom the proxy names
 * (`Forwarded`, RFC 7239, or else `X-Forwarded-For`). Each proxy adds to the end of the list, so the
 * last one that is no trusted proxy counts: what is before it may be anybody's invention.
 */
export function clientOf({ socket, headers }: IncomingMessage, proxies: AddressRanges): Peer {
  const peer = peerOf(socket);
  if (!proxies.has(peer.address)) return peer;
  const { forwarded, 'x-forwarded-for': forwardedFor } = headers;
  const nodes = forwarded === undefined ? listed(forwardedFor) : forwardedNodes(forwarded);
  let client = peer;
  for (const node of nodes.toReversed()) {
    const named = peerIn(node);
    // Somebody who is hidden, or no address.
    if (named === undefined) break;
    client = named;
    if (!proxies.has(named.address)) break;
  }
  return client;
}

function listed(value: string | string[] | undefined): string[] {
  const text = Array.isArray(value) ? value.join(',') : (value ?? '');
  return text.split(',').map((part) => part.trim());
}

/** The nodes of `for=`, in their order; empty where an element has none. */
function forwardedNodes(text: string): string[] {
  return listed(text).map((element) => {
    const found = /(?:^|;)\s*for=(?:"([^"]*)"|([^;\s]*))/i.exec(element);
    return found?.[1] ?? found?.[2] ?? '';
  });
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`. */
function peerIn(node: string): Peer | undefined {
  if (isIP(node) !== 0) return { address: canonical(node), port: 0 };
  const found = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(node);
  const address = found?.[1] ?? found?.[2] ?? '';
  if (isIP(address) === 0) return undefined;
  return { address: canonical(address), port: Number(found?.[3] ?? 0) };
}
