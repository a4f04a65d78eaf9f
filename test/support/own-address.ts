import { networkInterfaces } from 'node:os';

/** An address of this machine under which it is a stranger to itself. */
export const ownAddress = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
