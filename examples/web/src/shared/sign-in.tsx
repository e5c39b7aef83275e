import type { JSX, TargetedSubmitEvent } from 'preact';

import { Icon } from './icons.js';
import { signIn, signOut } from './identity.js';

const FIELD = 'token';

/** Signs out, and goes to where one signs in. */
export function askToSignIn(): void {
  signOut();
  // The field is there when the page has been drawn anew.
  setTimeout(() => document.getElementById(FIELD)?.focus());
}

/** Asks for a token where none was given. */
export function SignIn(): JSX.Element {
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get(FIELD);
    if (typeof token === 'string' && token.trim() !== '') {
      signIn(token.trim());
    }
  };
  return (
    <form class="card sign-in" onSubmit={submit}>
      <h2><Icon name="lock" />Sign in</h2>
      <p class="muted" id="token-help">
        Enter a token of the upload service. <code>upload-server token --user ada</code> prints one. It is kept in this tab until you
        close it.
      </p>
      <label for={FIELD}>Token</label>
      <div class="field">
        <input id={FIELD} name={FIELD} type="password" required autocomplete="off" spellcheck={false} aria-describedby="token-help" />
        <button type="submit" class="button primary">Sign in</button>
      </div>
    </form>
  );
}
