import { batch, effect, signal, type Signal } from '@preact/signals';
import type { Kept } from '../../model/kept.js';
import type { KeptPreferences, Theme } from '../../model/kept-values.js';
import { watch } from './kept-here.js';

/** What one has chosen for this browser, in effect and kept. */
export class Preferences {
  readonly theme: Signal<Theme>;
  /** Whether to notify of mentions; true only with the browser's permission. */
  readonly notifies: Signal<boolean>;

  constructor(kept: Kept<KeptPreferences>) {
    this.theme = signal('system');
    this.notifies = signal(false);
    this.#take(kept.read());
    effect(() => {
      document.documentElement.dataset['theme'] = this.theme.value;
      kept.write({ theme: this.theme.value, notifies: this.notifies.value });
    });
    watch(kept, () => this.#take(kept.read()));
  }

  /** Whether the browser offers notifications here; on an insecure host it does not. */
  get canNotify(): boolean {
    return window.isSecureContext && 'Notification' in window;
  }

  /** Switches notifications, after asking for permission; says why when they stay off. */
  async switchNotifications(isOn: boolean): Promise<string> {
    if (!isOn) {
      this.notifies.value = false;
      return '';
    }
    if (!this.canNotify) return 'this browser does not support notifications from this page';
    this.notifies.value = (await Notification.requestPermission()) === 'granted';
    return this.notifies.value ? '' : 'this browser does not allow this page to notify you';
  }

  #take({ theme, notifies }: KeptPreferences): void {
    batch(() => {
      this.theme.value = theme;
      this.notifies.value = notifies && this.canNotify && Notification.permission === 'granted';
    });
  }
}
