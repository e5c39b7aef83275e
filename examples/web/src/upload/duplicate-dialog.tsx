import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { DuplicateUpload } from 'upload-sessions-sdk/upload';

import { Location } from '../shared/location.js';
import * as words from '../shared/words.js';
import { answerDuplicates } from './uploads.js';

/** Asks what to do with files that were uploaded before. Nothing of the upload has been sent yet. */
export function DuplicateDialog({ outcome, fileCount }: { outcome: DuplicateUpload; fileCount: number }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const { duplicates } = outcome;
  const others = fileCount - duplicates.length;
  const cancel = (event: Event): void => {
    event.preventDefault();
    answerDuplicates('cancel');
  };
  return (
    <dialog ref={dialog} aria-labelledby="duplicates-title" aria-describedby="duplicates-text" onCancel={cancel}>
      <h2 id="duplicates-title">{title(duplicates.length, fileCount)}</h2>
      <p id="duplicates-text" class="muted">
        {others > 0
          ? `Skip what is there already and upload the other ${words.plural(others, 'file')}, or upload everything once more.`
          : 'There is nothing new to upload. You can leave it at that, or upload everything once more.'}
      </p>
      <ul class="duplicates">
        {duplicates.map(({ key, existingUrl }) => (
          <li key={key}>
            <strong class="truncated">{key}</strong>
            <Location url={existingUrl} name={key} readable />
          </li>
        ))}
      </ul>
      <div class="actions">
        <button type="button" class="button quiet" onClick={() => answerDuplicates('cancel')}>Cancel</button>
        <button type="button" class="button" onClick={() => answerDuplicates('uploadAnyway')}>Upload anyway</button>
        <button type="button" class="button primary" autofocus onClick={() => answerDuplicates('skip')}>
          {duplicates.length === 1 ? 'Skip it' : `Skip ${duplicates.length} files`}
        </button>
      </div>
    </dialog>
  );
}

function title(duplicates: number, files: number): string {
  if (files === 1) {
    return 'You have uploaded this file before';
  }
  return duplicates === files
    ? `You have uploaded all ${files} files before`
    : `You have uploaded ${duplicates} of ${files} files before`;
}
