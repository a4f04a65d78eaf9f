import type { ComponentChildren, VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Layout, Panel } from '../state/layout.js';
import { Icon } from './icon.js';

interface DrawerProps {
  readonly panel: Panel;
  readonly label: string;
  readonly layout: Layout;
  readonly children: ComponentChildren;
}

/** A panel beside the messages, which on a narrow screen comes over them and takes the focus. */
export function Drawer({ panel, label, layout, children }: DrawerProps): VNode {
  const closeButton = useRef<HTMLButtonElement>(null);
  const isDrawer = layout.isDrawer(panel);
  const isOpen = layout.drawer.value === panel;
  // Before the next paint: a key that is pressed right then belongs to what is seen.
  useLayoutEffect(() => {
    if (!isOpen) return;
    closeButton.current?.focus();
    return () => layout.giveFocusBack();
  }, [isOpen, layout]);
  return (
    <>
      {isOpen && <div class="backdrop" onClick={() => layout.close()} />}
      <aside
        class={`panel ${panel}`}
        aria-label={label}
        data-open={isOpen}
        inert={!layout.shows(panel)}
      >
        {isDrawer && (
          <button
            ref={closeButton}
            type="button"
            class="quiet icon-button close-drawer"
            aria-label={`Close ${label.toLowerCase()}`}
            onClick={() => layout.close()}
          >
            <Icon name="close" />
          </button>
        )}
        {children}
      </aside>
    </>
  );
}
