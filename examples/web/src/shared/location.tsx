import type { JSX } from 'preact';

import { announce } from './announcer.js';
import { Icon } from './icons.js';

/** Where a file is stored: a link if a browser can open it, and in any case to be copied. */
export function Location({ url, name }: { url: string; name: string }): JSX.Element {
  const copy = (): void => {
    navigator.clipboard.writeText(url).then(
      () => announce(`Address of ${name} copied`),
      () => announce('The browser did not allow to copy the address'),
    );
  };
  return (
    <p class="location">
      {/^https?:/.test(url) ? <a class="truncated" href={url}>{url}</a> : <code class="truncated" title={url}>{url}</code>}
      <button type="button" class="button icon-only" aria-label={`Copy the address of ${name}`} onClick={copy}>
        <Icon name="copy" />
      </button>
    </p>
  );
}
