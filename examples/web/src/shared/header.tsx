import type { JSX } from 'preact';

import { Icon } from './icons.js';
import { identity, known, signIn, signOut } from './identity.js';

const pages = [
  { name: 'Upload', href: '/' },
  { name: 'Analytics', href: '/analytics.html' },
] as const;

/** The top of both pages: where one is, and who one is. */
export function Header({ page }: { page: (typeof pages)[number]['name'] }): JSX.Element {
  return (
    <header class="header">
      <a class="skip-link" href="#main">Skip to the content</a>
      <p class="brand"><span class="brand-mark"><Icon name="upload" /></span>Uploads</p>
      <nav class="header-pages" aria-label="Pages">
        {pages.map(({ name, href }) => (
          <a key={name} href={href} aria-current={name === page ? 'page' : undefined}>{name}</a>
        ))}
      </nav>
      {known.length > 0 ? <Switch /> : <SignedIn />}
    </header>
  );
}

/** Changes between the identities of the development server. */
function Switch(): JSX.Element {
  return (
    <fieldset class="segments">
      <legend class="visually-hidden">Use the page as</legend>
      {known.map(({ label, name, token }) => (
        <label key={label} title={name}>
          <input
            type="radio"
            name="identity"
            checked={identity.value?.token === token}
            onChange={() => signIn(token)}
          />
          <span>{label === 'admin' ? 'Admin' : 'User'}</span>
        </label>
      ))}
    </fieldset>
  );
}

function SignedIn(): JSX.Element | null {
  if (!identity.value) {
    return null;
  }
  return (
    <p class="header-identity">
      <span class="truncated" title={identity.value.name}>
        <span class="visually-hidden">Signed in as </span>
        {identity.value.name}
      </span>
      <button type="button" class="button quiet" onClick={signOut}>Sign out</button>
    </p>
  );
}
