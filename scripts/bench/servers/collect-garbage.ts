// Loaded into each Node server with `--import`, beside `--expose-gc`: on SIGUSR2 the
// server collects its garbage, so that the memory of idle connections is what they
// hold and not what their coming has left behind.
const passes = 4;

function collect(left: number): void {
  globalThis.gc?.();
  // What a finalizer frees is only found by the next pass, in a later turn.
  if (left > 1) setTimeout(collect, 50, left - 1).unref();
}

process.on('SIGUSR2', () => collect(passes));
