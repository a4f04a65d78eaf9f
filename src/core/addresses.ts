/** An IPv4 address as such, also where the system shows it as one of IPv6. */
export function withoutMapping(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

/** A valid address in the form in which the system writes it, so that it is one and the same. */
export function canonical(address: string): string {
  if (!address.includes(':')) return address;
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(short);
  if (mapped === null) return short;
  const [high, low] = mapped.slice(1).map((group) => Number.parseInt(group, 16)) as [
    number,
    number,
  ];
  return [high >>> 8, high & 255, low >>> 8, low & 255].join('.');
}

/** Whether an address is this machine's own, which nobody else can use. */
export function isLoopback(address: string): boolean {
  const plain = withoutMapping(address);
  return plain.startsWith('127.') || plain === '::1';
}

/**
 * What somebody can be expected to have one of: an IPv4 address, or the first 64 bits of an
 * IPv6 address, below which everybody has addresses without number (RFC 6177).
 */
export function networkOf(address: string): string {
  const plain = withoutMapping(address);
  if (!plain.includes(':')) return plain;
  const [start = '', end] = plain.replace(/%.*$/, '').toLowerCase().split('::');
  const groups = start === '' ? [] : start.split(':');
  if (end !== undefined) {
    const last = end === '' ? [] : end.split(':');
    while (groups.length + last.length < 8) groups.push('0');
    groups.push(...last);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
