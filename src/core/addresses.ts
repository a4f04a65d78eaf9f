/**
 * What somebody can be expected to have one of: an IPv4 address, or the first 64 bits of an
 * IPv6 address, below which everybody has addresses without number (RFC 6177).
 */
export function networkOf(address: string): string {
  const embedded = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (embedded !== null) return embedded[1]!;
  if (!address.includes(':')) return address;
  const [start = '', end] = address.replace(/%.*$/, '').toLowerCase().split('::');
  const groups = start === '' ? [] : start.split(':');
  if (end !== undefined) {
    const last = end === '' ? [] : end.split(':');
    while (groups.length + last.length < 8) groups.push('0');
    groups.push(...last);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
