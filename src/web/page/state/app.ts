import { effect, signal, type ReadonlySignal } from '@preact/signals';
import { ChatError, connect, ErrorCode } from '../../../client/index.js';
import { platformEnvironment } from '../../../client/environment.js';
import { Backoff } from '../../../client/retry.js';
import { isGuestName } from '../../../protocol/names.js';
import type { KeptIdentity, KeptTab } from '../../model/kept-values.js';
import { pageTitle, problemOf } from '../../model/sentences.js';
import { Announcer } from './announcer.js';
import { watchAttention } from './attention.js';
import { keptHere, watch } from './kept-here.js';
import { notifyOfMention } from './notifications.js';
import { Preferences } from './preferences.js';
import { randomId } from './random-id.js';
import { roomsToJoin } from './rooms-to-join.js';
import { Session } from './session.js';
import { takeTab } from './tab.js';
import type { WayIn } from './way-in.js';

/** What the page shows. */
export type Screen =
  /** Who are you? `suggestion` is a name that is free instead of the one that is not. */
  | {
      readonly kind: 'welcome';
      readonly wayIn: WayIn;
      readonly isBusy: boolean;
      readonly name: string;
      readonly problem: string;
      readonly suggestion: string;
    }
  /** Somebody who was here before comes back. */
  | { readonly kind: 'returning'; readonly name: string; readonly problem: string }
  | { readonly kind: 'chat'; readonly session: Session };

const clientName = 'tcp-chat-page';

const welcome: Extract<Screen, { kind: 'welcome' }> = {
  kind: 'welcome',
  wayIn: 'guest',
  isBusy: false,
  name: '',
  problem: '',
  suggestion: '',
};

/** The page as a whole: who one is, and the session that one has. */
export class App {
  readonly announcer = new Announcer();
  readonly kept = keptHere();
  readonly preferences = new Preferences(this.kept.preferences);
  readonly attention = watchAttention(window);
  readonly #screen = signal<Screen>(welcome);
  readonly #backoff = new Backoff(Math.random);
  readonly #tab = takeTab(this.kept);
  /** Who one is, or tries to be; see `KeptIdentity`. */
  #person = randomId();
  #stopWaiting: () => void = () => {};
  /** Counts the attempts to come in; an answer to an earlier one is of no interest. */
  #visits = 0;

  get screen(): ReadonlySignal<Screen> {
    return this.#screen;
  }

  /** Begins: where one was the last time, or with the question for a name. */
  start(): void {
    effect(() => {
      const screen = this.#screen.value;
      const session = screen.kind === 'chat' ? screen.session : undefined;
      const room = session?.current.value?.name ?? '';
      document.title = pageTitle(session?.unread.value ?? 0, room);
    });
    watch(this.kept.identity, () => this.#followOthers());
    watch(this.kept.rooms, () => {
      const { value: screen } = this.#screen;
      if (screen.kind === 'chat') screen.session.readElsewhere();
    });
    this.tryNow();
  }

  /** Comes in for the first time, under that name, or as a guest with an empty one. */
  async enter(name: string, wayIn: WayIn = 'guest', password = ''): Promise<void> {
    this.#visits += 1;
    const visit = this.#visits;
    this.#screen.value = { ...welcome, wayIn, isBusy: true, name };
    try {
      const person = this.#person;
      const token = wayIn === 'register' ? await registered(name, person, password) : '';
      const given = wayIn === 'login' ? password : '';
      await this.#connect({ name, token, person }, { isNew: true, password: given });
    } catch (error) {
      if (visit === this.#visits) this.#refuse(name, error, wayIn);
    }
  }

  /** Something else is about to be tried. */
  forgetProblem(): void {
    const { value: screen } = this.#screen;
    if (screen.kind !== 'welcome') return;
    this.#screen.value = { ...screen, problem: '', suggestion: '' };
  }

  /** Comes in again as who one was, as soon as there is a server. */
  async comeBack(identity: KeptIdentity): Promise<void> {
    this.#stopWaiting();
    this.#visits += 1;
    const visit = this.#visits;
    const { name } = identity;
    if (this.#screen.value.kind !== 'returning') {
      this.#screen.value = { kind: 'returning', name, problem: '' };
    }
    try {
      await this.#connect(identity);
      this.#backoff.reset();
    } catch (error) {
      if (visit !== this.#visits) return;
      if (error instanceof ChatError) {
        this.#refuse(name, error);
        return;
      }
      this.#screen.value = { kind: 'returning', name, problem: problemOf(error) };
      this.#stopWaiting = platformEnvironment.after(this.#backoff.next(), () => {
        // Meanwhile another tab may have taken another name.
        void this.comeBack(this.kept.identity.read() ?? identity);
      });
    }
  }

  /** Does not wait for the next attempt to come back. */
  tryNow(): void {
    const identity = this.kept.identity.read();
    if (identity !== undefined) void this.comeBack(identity);
  }

  /** Does not come back as who one was. */
  startOver(): void {
    this.#stopWaiting();
    this.#visits += 1;
    this.#forget();
  }

  /** Takes a session up again that has ended, with a new connection. */
  async goOn(session: Session): Promise<void> {
    const { identity } = session;
    await session.close();
    await this.comeBack(this.kept.identity.read() ?? identity);
  }

  /** Forgets who one was. */
  async signOut(session: Session): Promise<void> {
    this.#forget();
    const { client, name, loginId } = session;
    const end = async (): Promise<unknown> => {
      if (loginId.value !== '') return await client.account.endLogin(loginId.value);
      // Nobody could come back to it any more, and others could not have it for days.
      return isGuestName(name.value) ? undefined : await client.rename('');
    };
    await end().catch(() => {});
    await session.close();
  }

  /** Keeps nothing of who was here: whoever comes next may be somebody else. */
  #forget(): void {
    const { identity, rooms, drafts, slots, tab } = this.kept;
    identity.write(undefined);
    rooms.write({ rooms: [], current: '' });
    drafts.write({});
    for (const one of [...slots, tab]) if (one.read().messages.length > 0) one.update(emptied);
    this.#beNobody();
  }

  #beNobody(): void {
    this.#person = randomId();
    this.kept.visit.update((visit) => ({ ...visit, room: '' }));
    this.#screen.value = welcome;
  }

  /** Is who one is in the tab where one has come in, or has signed out, last. */
  #followOthers(): void {
    const identity = this.kept.identity.read();
    const { value: screen } = this.#screen;
    const isSame = identity?.person === this.#person;
    if (isSame && screen.kind === 'chat') this.#followLogin(screen.session);
    if (screen.kind === 'welcome' ? screen.isBusy || identity === undefined : isSame) return;
    this.#stopWaiting();
    this.#visits += 1;
    if (screen.kind === 'chat') void screen.session.close();
    void this.#tab.then(({ kept }) => {
      kept.update((tab) => (tab.person === identity?.person ? tab : emptied(tab)));
    });
    this.#beNobody();
    if (identity !== undefined) void this.comeBack(identity);
  }

  /** Somebody who was logged out goes on with the log-in of another tab, if there is one. */
  #followLogin(session: Session): void {
    const kept = this.kept.identity.read();
    const isOut = session.end.value?.kind === 'loggedOut';
    if (isOut && kept !== undefined && kept.token !== session.client.token) void this.goOn(session);
  }

  async #connect(
    identity: KeptIdentity,
    { isNew, password } = { isNew: false, password: '' },
  ): Promise<void> {
    const visit = this.#visits;
    const { name, token } = identity;
    this.#person = identity.person;
    const isNamed = name !== '' && !isGuestName(name);
    const tab = await this.#tab;
    const client = await connect(serverUrl(), {
      name: isNamed ? name : '',
      token,
      // With it one gets the name also when the first answer, that one has got it, is lost.
      claim: isNamed && password === '' ? identity.person : '',
      password,
      device: tab.device,
      rooms: roomsToJoin(this.kept),
      clientName,
    });
    if (visit !== this.#visits) {
      await client.close();
      return;
    }
    // A guest whom the server does not know any more is another one.
    const isAnother = client.name !== name && isGuestName(client.name);
    if (token !== '' && isAnother) this.#person = randomId();
    const session: Session = new Session({
      client,
      person: this.#person,
      tab,
      kept: this.kept,
      announcer: this.announcer,
      attention: this.attention,
      mentioned: (message) => {
        if (!this.preferences.notifies.value) return;
        notifyOfMention(message, () => session.show(message.room));
      },
    });
    // Who comes back does not undo what another tab has written meanwhile.
    this.kept.identity.update((before) => {
      return isNew || before?.token === token ? session.identity : before;
    });
    this.#screen.value = { kind: 'chat', session };
    effect(() => {
      if (session.end.value?.kind === 'loggedOut') this.#followLogin(session);
    });
  }

  /** Asks for a name again: the server does not take this one, or is not there. */
  #refuse(name: string, error: unknown, wayIn: WayIn = wayInAfter(error)): void {
    const isTaken = error instanceof ChatError && error.code === ErrorCode.ERROR_CODE_NAME_IN_USE;
    const suggestion = isTaken ? error.suggestion : '';
    this.#screen.value = { ...welcome, wayIn, name, problem: problemOf(error), suggestion };
  }
}

/** Gets somebody an account; settles with the token of a log-in. Rejects when it is refused. */
async function registered(name: string, claim: string, password: string): Promise<string> {
  // Somebody without an account may be let into no room.
  const client = await connect(serverUrl(), { name, claim, rooms: [], clientName });
  try {
    await client.account.register(password);
    return client.token;
  } finally {
    await client.close();
  }
}

/** What to offer to somebody who is not let in as before. */
function wayInAfter(error: unknown): WayIn {
  const { code } = error instanceof ChatError ? error : {};
  const isForLogin =
    code === ErrorCode.ERROR_CODE_LOGIN_FAILED || code === ErrorCode.ERROR_CODE_LOGIN_REQUIRED;
  return isForLogin ? 'login' : 'guest';
}

/** Beside the page there is the chat. */
function serverUrl(): URL {
  const url = new URL('ws', window.location.origin + window.location.pathname);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}

/** A tab without its messages. */
function emptied(tab: KeptTab): KeptTab {
  return { ...tab, messages: [] };
}
