import type { AddressRanges } from './address-ranges.js';
import type { ServerNames } from './server-names.js';

/** Who may come, and as whom. There is one for all doors; it changes when settings are read again. */
export interface Access {
  /** How many sessions there may be, in all and from one address. */
  connectionsMax: number;
  connectionsPerAddressMax: number;
  /** Proxies that may say on whose behalf they come. */
  proxies: AddressRanges;
  /** Whether other machines, but for these proxies, may come without TLS. */
  mayBePlain: boolean;
  /** Whether passwords may come from other machines, but for these proxies, without TLS. */
  mayLogInPlainly: boolean;
  /** Under which names browsers may reach the server. */
  names: ServerNames;
  /** Pages of these may open WebSockets, besides the server's own; `*` for all. */
  allowedOrigins: ReadonlySet<string>;
  /** Whether others than this machine and these proxies may ask what operators ask. */
  hasPublicMetrics: boolean;
}
