import type { Observer } from './ports.js';

/** Is told that a call of an observer has thrown; once for each call of each observer. */
export type ObserverFailed = (call: string, error: unknown) => void;

/**
 * Tells several observers, and only of what one of them wants to know. What one of them throws
 * ends here: neither the core nor the others notice.
 */
export function combined(observers: readonly Observer[], failed: ObserverFailed): Observer {
  const names = new Set(observers.flatMap((observer) => Object.keys(observer)));
  const calls = Array.from(names, (name) => {
    const all = observers.flatMap((observer) => {
      const call = observer[name as keyof Observer];
      // Each gets what it declares; that the arguments fit is what `Observer` says.
      return call === undefined ? [] : [harmless(name, call.bind(observer) as Call, failed)];
    });
    const call: Call = (...args) => {
      for (const one of all) one(...args);
    };
    return [name, call] as const;
  });
  return Object.fromEntries(calls);
}

type Call = (...args: readonly unknown[]) => void;

function harmless(name: string, call: Call, failed: ObserverFailed): Call {
  let hasFailed = false;
  return (...args) => {
    try {
      call(...args);
    } catch (error) {
      // What fails once will fail again, perhaps thousands of times per second.
      if (!hasFailed) failed(name, error);
      hasFailed = true;
    }
  };
}
