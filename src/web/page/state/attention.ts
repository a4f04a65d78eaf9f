import { signal, type ReadonlySignal } from '@preact/signals';

/** How much of somebody's attention the page has, as far as it can know. */
export interface Attention {
  /** Whether it can be seen, perhaps beside something else. */
  readonly isVisible: ReadonlySignal<boolean>;
  /** Whether somebody looks at it: it can be seen and has the focus. */
  readonly isLookedAt: ReadonlySignal<boolean>;
}

export function watchAttention(page: Window): Attention {
  const { document } = page;
  const isVisible = signal(true);
  const isLookedAt = signal(true);
  const update = (): void => {
    isVisible.value = document.visibilityState === 'visible';
    isLookedAt.value = isVisible.value && document.hasFocus();
  };
  update();
  document.addEventListener('visibilitychange', update);
  page.addEventListener('focus', update);
  page.addEventListener('blur', update);
  return { isVisible, isLookedAt };
}
