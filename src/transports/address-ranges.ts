import { BlockList, isIP } from 'node:net';
import { withoutMapping } from '../core/addresses.js';

/**
 * Addresses and ranges of them, such as `10.0.0.0/8` and `2001:db8::1`. Throws `Error` for a text
 * that is neither.
 */
export class AddressRanges {
  readonly #list = new BlockList();

  constructor(texts: readonly string[]) {
    for (const text of texts) this.#add(text);
  }

  has(address: string): boolean {
    const plain = withoutMapping(address);
    const version = isIP(plain);
    return version !== 0 && this.#list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  }

  #add(text: string): void {
    const [address = '', bits, ...more] = text.split('/');
    const version = isIP(address);
    const bitsMax = version === 4 ? 32 : 128;
    const prefix = bits === undefined ? bitsMax : Number(bits);
    const isValid = bits === undefined || (/^(0|[1-9]\d{0,2})$/.test(bits) && prefix <= bitsMax);
    if (version === 0 || !isValid || more.length > 0) {
      throw new Error(`${text} is not an address, such as 192.0.2.1 or 10.0.0.0/8`);
    }
    this.#list.addSubnet(address, prefix, version === 4 ? 'ipv4' : 'ipv6');
  }
}
