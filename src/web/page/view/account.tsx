import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { LoginInfo } from '../../../client/index.js';
import { isGuestName } from '../../../protocol/names.js';
import type { Session } from '../state/session.js';
import { useAttempt } from './attempt.js';
import { PasswordField } from './password-field.js';
import { Problem } from './problem.js';

interface AccountProps {
  readonly session: Session;
}

/** One's account: to get one, or its password and where it is logged in. */
export function Account({ session }: AccountProps): VNode {
  return session.loginId.value === '' ? (
    <RegisterForm session={session} />
  ) : (
    <>
      <PasswordForm session={session} />
      <Devices session={session} />
    </>
  );
}

function RegisterForm({ session }: AccountProps): VNode {
  const password = useSignal('');
  const { isBusy, problem, attempt } = useAttempt();
  const submit = (event: Event): void => {
    event.preventDefault();
    const { account } = session.client;
    attempt(account.register(password.value).then(() => session.loggedIn()));
  };
  if (isGuestName(session.name.value)) {
    return <p class="muted">With a name of your own you can get an account.</p>;
  }
  return (
    <form onSubmit={submit} noValidate>
      <h3>Get an account</h3>
      <p class="muted">
        The name <bdi>{session.name}</bdi> is yours for ever then, on all your devices.
      </p>
      <PasswordField id="register-password" label="New password" isNew value={password} />
      <Problem id="register-problem" text={problem} />
      <button type="submit" disabled={isBusy}>
        Get an account
      </button>
    </form>
  );
}

function PasswordForm({ session }: AccountProps): VNode {
  const before = useSignal('');
  const password = useSignal('');
  const isDone = useSignal(false);
  const { isBusy, problem, attempt } = useAttempt();
  const submit = (event: Event): void => {
    event.preventDefault();
    isDone.value = false;
    attempt(
      session.client.account.changePassword(before.value, password.value).then(() => {
        session.loggedIn();
        before.value = '';
        password.value = '';
        isDone.value = true;
      }),
    );
  };
  return (
    <details>
      <summary>Change the password</summary>
      <form onSubmit={submit} noValidate>
        <PasswordField id="password-before" label="Present password" isNew={false} value={before} />
        <PasswordField id="password-new" label="New password" isNew value={password} />
        <Problem id="password-problem" text={problem} />
        <p role="status">{isDone.value && 'It is changed; other devices are logged out.'}</p>
        <button type="submit" disabled={isBusy}>
          Change the password
        </button>
      </form>
    </details>
  );
}

function Devices({ session }: AccountProps): VNode {
  const logins = useSignal<readonly LoginInfo[]>([]);
  const { isBusy, problem, attempt } = useAttempt();
  const { account } = session.client;
  const load = async (): Promise<void> => {
    logins.value = await account.logins();
  };
  const end = async (loginId?: string): Promise<void> => {
    await account.endLogin(loginId);
    await load();
  };
  useEffect(() => attempt(load()), []);
  return (
    <details>
      <summary>Where you are logged in</summary>
      <ul class="logins">
        {logins.value.map((login) => (
          <li key={login.loginId}>
            <div>
              {login.client || 'An unnamed program'} from {login.address}
              <div class="muted">
                {login.isHere ? 'connected now' : `last ${login.usedAt?.toLocaleString() ?? ''}`}
              </div>
            </div>
            {login.loginId === account.loginId ? (
              <span class="muted">this one</span>
            ) : (
              <button type="button" disabled={isBusy} onClick={() => attempt(end(login.loginId))}>
                Log out
              </button>
            )}
          </li>
        ))}
      </ul>
      <Problem id="logins-problem" text={problem} />
      {logins.value.length > 1 && (
        <button type="button" disabled={isBusy} onClick={() => attempt(end())}>
          Log out all others
        </button>
      )}
    </details>
  );
}
