import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';

import { serverAway } from '../shared/client.js';
import { Icon } from '../shared/icons.js';
import * as words from '../shared/words.js';
import { SessionClock } from './session-clock.js';
import { cancel, progress, togglePause, type Status } from './uploads.js';

/** The upload under way: how far it is, how fast, how long it will take, and what to do with it. */
export function Running({ run: { paused } }: { run: Extract<Status, { kind: 'running' }> }): JSX.Element {
  const now = progress.value;
  const share = now ? now.bytes / now.totalBytes : 0;
  useEffect(() => {
    document.title = `${words.percent(share)} – ${title(paused)}`;
    return () => void (document.title = 'Upload files');
  }, [words.percent(share), paused]);
  return (
    <div class={`running${paused ? ' paused' : ''}`}>
      <div class="running-head">
        <h2>{title(paused)}</h2>
        <p class="running-percent">{words.percent(share)}</p>
      </div>
      <progress aria-label="Progress of all files" value={share} max={1} />
      <p class="running-facts">{facts(paused)}</p>
      {serverAway.value && (
        <p class="notice warn" role="alert">
          <Icon name="alert" />
          <span>The server does not answer. The upload goes on by itself when it is back.</span>
        </p>
      )}
      <div class="running-foot">
        {now?.expiresAt ? <SessionClock expiresAt={now.expiresAt} /> : <span />}
        <div class="actions">
          <button type="button" class="button" onClick={togglePause}>
            <Icon name={paused ? 'play' : 'pause'} />
            {paused ? 'Resume' : 'Pause'}
          </button>
          <button type="button" class="button danger" onClick={cancel}>
            <Icon name="close" />
            Cancel
          </button>
        </div>
      </div>
    </div>
  );
}

function title(paused: boolean): string {
  if (paused) {
    return 'Paused';
  }
  return progress.value?.phase === 'uploading' ? 'Uploading' : 'Reading the files';
}

function facts(paused: boolean): JSX.Element[] {
  const now = progress.value;
  if (!now) {
    return [];
  }
  const { bytes, totalBytes, bytesPerSecond, secondsLeft } = now;
  const parts = [`${words.bytes(bytes)} of ${words.bytes(totalBytes)}`];
  if (!paused && !serverAway.value && bytesPerSecond !== undefined && secondsLeft !== undefined) {
    parts.push(`${words.bytes(bytesPerSecond)}/s`, `${words.duration(secondsLeft)} left`);
  }
  return parts.map((part, index) => <span key={index}>{part}</span>);
}
