import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';

import { serverNow } from '../shared/client.js';
import { Icon } from '../shared/icons.js';
import * as words from '../shared/words.js';
import { extendedBy } from './uploads.js';

/** How long the session lives unless the upload goes on, and by how much it has just been extended. */
export function SessionClock({ expiresAt }: { expiresAt: string }): JSX.Element {
  const now = useSignal(serverNow());
  useEffect(() => {
    const tick = setInterval(() => (now.value = serverNow()), 1000);
    return () => clearInterval(tick);
  }, [now]);
  const seconds = (Date.parse(expiresAt) - now.value) / 1000;
  const extension = extendedBy.value;
  return (
    <p class={`session-clock${extension === undefined ? '' : ' extended'}`}>
      <Icon name="clock" />
      <span>
        Session ends in <span role="timer" aria-label="Time left of the session">{words.countdown(seconds)}</span>
      </span>
      {extension !== undefined && (
        <span class="badge good" key={expiresAt}>+{words.duration(extension)}</span>
      )}
    </p>
  );
}
