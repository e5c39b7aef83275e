import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';

import { Bar } from '../shared/bar.js';
import { serverAway } from '../shared/client.js';
import { Icon } from '../shared/icons.js';
import * as words from '../shared/words.js';
import { SessionClock } from './session-clock.js';
import { cancel, progress, togglePause, type Status } from './uploads.js';

type RunningUpload = Extract<Status, { kind: 'running' }>;

/** The upload under way: how far it is, how fast, how long it will take, and what to do with it. */
export function Running({ run }: { run: RunningUpload }): JSX.Element {
  const { paused, cancelling } = run;
  const { bytes = 0, bytesInFlight = 0, totalBytes = 1, expiresAt } = progress.value ?? {};
  const percent = words.percent(bytes / totalBytes);
  const heading = title(run);
  useEffect(() => {
    document.title = `${percent} – ${heading}`;
    return () => void (document.title = 'Upload files');
  }, [percent, heading]);
  return (
    <div class={`running${paused ? ' paused' : ''}`}>
      <div class="running-head">
        <h2>{heading}</h2>
        <p class="running-percent">{percent}</p>
      </div>
      <Bar label="Progress of all files" done={bytes} underWay={bytesInFlight} total={totalBytes} />
      <p class="running-facts">{facts(run)}</p>
      {serverAway.value && (
        <p class="notice warn" role="alert">
          <Icon name="alert" />
          <span>{withoutServer(run)}</span>
        </p>
      )}
      <div class="running-foot">
        {expiresAt ? <SessionClock expiresAt={expiresAt} /> : <span />}
        <div class="actions">
          <button type="button" class="button" disabled={cancelling} onClick={togglePause}>
            <Icon name={paused ? 'play' : 'pause'} />
            {paused ? 'Resume' : 'Pause'}
          </button>
          <button type="button" class="button danger" disabled={cancelling} onClick={cancel}>
            <Icon name="close" />
            {cancelling ? 'Cancelling…' : 'Cancel'}
          </button>
        </div>
      </div>
    </div>
  );
}

function title({ paused, cancelling }: RunningUpload): string {
  if (cancelling) {
    return 'Cancelling…';
  }
  if (paused) {
    return 'Paused';
  }
  return progress.value?.phase === 'uploading' ? 'Uploading' : 'Reading the files';
}

/** What it means for the upload that the last request found no server. */
function withoutServer({ paused, cancelling }: RunningUpload): string {
  if (cancelling) {
    return 'The server does not answer. If it cannot be told, what it has may stay there.';
  }
  // Nothing is asked during a pause, so the server may be back without anybody noticing.
  return paused
    ? 'The server did not answer. Resume the upload to try again.'
    : 'The server does not answer. The upload goes on by itself when it is back.';
}

function facts({ paused }: RunningUpload): JSX.Element[] {
  const now = progress.value;
  if (!now) {
    return [];
  }
  const { phase, bytes, totalBytes, bytesPerSecond, secondsLeft } = now;
  const parts = [`${words.bytes(bytes)} of ${words.bytes(totalBytes)}`];
  if (phase === 'uploading' && bytes === totalBytes) {
    parts.push('The server is checking the files');
  } else if (!paused && !serverAway.value && bytesPerSecond !== undefined && secondsLeft !== undefined) {
    parts.push(`${words.bytes(bytesPerSecond)}/s`, `${words.duration(secondsLeft)} left`);
  }
  return parts.map((part, index) => <span key={index}>{part}</span>);
}
