import { signal, type ReadonlySignal } from '@preact/signals';

/** Whether somebody looks at the page now, as far as it can know. */
export function watchAttention(page: Window): ReadonlySignal<boolean> {
  const { document } = page;
  const isLookedAt = (): boolean => document.visibilityState === 'visible' && document.hasFocus();
  const isAttentive = signal(isLookedAt());
  const look = (): void => void (isAttentive.value = isLookedAt());
  document.addEventListener('visibilitychange', look);
  page.addEventListener('focus', look);
  page.addEventListener('blur', look);
  return isAttentive;
}
