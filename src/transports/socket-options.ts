/**
 * With less than this waiting, a connection's `write` says that all is well: looking closer
 * at every write of a busy session would cost more than the memory is worth. A turn's
 * batch is smaller. It is the high watermark of the sockets.
 */
export const unremarkableBytes = 64 * 1024;

/** How connections are accepted. */
export const socketOptions = {
  noDelay: true,
  // A peer that is gone without a word would otherwise stay in the pool for ever.
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
  // What a peer is owed is still delivered after it has ended its side.
  allowHalfOpen: true,
  highWaterMark: unremarkableBytes,
} as const;
