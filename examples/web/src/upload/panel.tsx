import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

import { Icon } from '../shared/icons.js';
import { ProblemCard } from '../shared/problem-card.js';
import * as words from '../shared/words.js';
import { focusFilePicker } from './drop-zone.js';
import { endedItems, readyItems } from './items.js';
import { Running } from './running.js';
import { dismiss, removeEnded, restart, start, status, summary } from './uploads.js';

/** What the upload as a whole is doing, and what can be done about it. */
export function Panel(): JSX.Element {
  const panel = useRef<HTMLElement>(null);
  const { kind } = status.value;
  // When a button has gone with what it was for, the keyboard goes on from here.
  useLayoutEffect(() => {
    if (document.activeElement === document.body && kind !== 'idle') {
      panel.current?.focus({ preventScroll: true });
    }
  }, [kind]);
  return (
    <section class="panel card" aria-label="Upload" ref={panel} tabIndex={-1}>
      <Outcome />
      {kind !== 'running' && kind !== 'duplicate' && <Actions />}
    </section>
  );
}

function Outcome(): JSX.Element | null {
  const now = status.value;
  switch (now.kind) {
    case 'running':
      return <Running run={now} />;
    case 'completed':
      return <Completed files={now.outcome.files} skipped={now.outcome.skipped.length} />;
    case 'cancelled':
      return (
        <div class="notice">
          <Icon name="close" />
          <div>
            <strong>Upload cancelled</strong>
            <p>
              {now.removed
                ? 'Nothing of it is kept on the server. '
                : 'The server could not be told: what it has may stay there. '}
              The files are still in the list.
            </p>
          </div>
        </div>
      );
    case 'failed':
      return <ProblemCard problem={now.problem} />;
    case 'expired':
      return (
        <ProblemCard
          tone="warn"
          problem={{
            title: 'The upload session has expired',
            advice: 'It was inactive for too long, and the server has closed it. Start again: your files need not be read again.',
          }}
        >
          <button type="button" class="button primary" onClick={restart}>Start again</button>
          <button type="button" class="button quiet" onClick={dismiss}>Not now</button>
        </ProblemCard>
      );
    case 'duplicate':
      return <p class="muted">Waiting for your answer</p>;
    default:
      return null;
  }
}

function Completed({ files, skipped }: { files: ReadonlyArray<{ size: number }>; skipped: number }): JSX.Element {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return (
    <div class="notice good">
      <Icon name="check" />
      <div>
        <strong>{summary(files.length)}</strong>
        <p>
          {files.length > 0 && `${words.bytes(size)}, of which the server has checked every byte. `}
          {skipped > 0 && `${words.plural(skipped, 'file')} skipped, because the server has ${skipped === 1 ? 'it' : 'them'}.`}
        </p>
      </div>
    </div>
  );
}

function Actions(): JSX.Element | null {
  const now = status.value;
  const ready = readyItems.value;
  const signingIn = now.kind === 'failed' && now.problem.signIn === true;
  const size = ready.reduce((sum, { file }) => sum + file.size, 0);
  if (ready.length === 0 && endedItems.value.length === 0) {
    return null;
  }
  const clear = (): void => {
    removeEnded();
    focusFilePicker();
  };
  return (
    <div class="actions">
      {ready.length > 0 && (
        <p class="panel-summary"><strong>{words.plural(ready.length, 'file')}</strong>, {words.bytes(size)}</p>
      )}
      {endedItems.value.length > 0 && (
        <button type="button" class="button quiet" onClick={clear}>Clear finished files</button>
      )}
      {ready.length > 0 && now.kind !== 'expired' && (
        <button type="button" class={`button${signingIn ? '' : ' primary'}`} onClick={start}>
          {now.kind === 'failed' ? 'Try again' : `Upload ${words.plural(ready.length, 'file')}`}
        </button>
      )}
    </div>
  );
}
