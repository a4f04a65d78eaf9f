import { computed, signal, type ReadonlySignal } from '@preact/signals';

/** What lies beside the messages where there is room, and over them where there is not. */
export type Panel = 'rooms' | 'people';

/** The widths from which each panel has a place of its own; page.css has the same. */
const placeFor: Readonly<Record<Panel, string>> = {
  rooms: '(min-width: 45rem)',
  people: '(min-width: 64rem)',
};

/** Which panels can be seen. */
export class Layout {
  readonly #open = signal<Panel | undefined>(undefined);
  readonly #hasPlace: Readonly<Record<Panel, ReadonlySignal<boolean>>>;
  #opener: HTMLElement | undefined;

  constructor(page: Window) {
    this.#hasPlace = {
      rooms: matches(page, placeFor.rooms),
      people: matches(page, placeFor.people),
    };
  }

  /** The panel that lies over the messages now. */
  readonly drawer = computed(() => {
    const { value: panel } = this.#open;
    return panel === undefined || this.#hasPlace[panel].value ? undefined : panel;
  });

  /** Whether a panel can be seen. */
  shows(panel: Panel): boolean {
    return this.#hasPlace[panel].value || this.drawer.value === panel;
  }

  /** Whether a panel is a drawer, at this width. */
  isDrawer(panel: Panel): boolean {
    return !this.#hasPlace[panel].value;
  }

  /** Opens a drawer. `opener` gets the focus when it is closed: not every browser focuses what is clicked. */
  open(panel: Panel, opener: HTMLElement): void {
    this.#opener = opener;
    this.#open.value = panel;
  }

  close(): void {
    this.#open.value = undefined;
  }

  /** Returns the focus to what had it when the drawer was opened, once that can have it again. */
  giveFocusBack(): void {
    this.#opener?.focus();
    this.#opener = undefined;
  }
}

function matches(page: Window, query: string): ReadonlySignal<boolean> {
  const list = page.matchMedia(query);
  const isMatch = signal(list.matches);
  list.addEventListener('change', () => (isMatch.value = list.matches));
  return isMatch;
}
