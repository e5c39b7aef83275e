import { signal, useSignalEffect } from '@preact/signals';
import type { JSX, TargetedEvent } from 'preact';
import { useEffect } from 'preact/hooks';

import { announce } from '../shared/announcer.js';
import { Icon } from '../shared/icons.js';
import { identity } from '../shared/identity.js';
import * as words from '../shared/words.js';
import { items } from './items.js';
import { add, status } from './uploads.js';

const PICKER = 'file-picker';
const over = signal(false);
const complaint = signal('');

/** Takes files that are dropped anywhere on the page, and lets one choose them. */
export function DropZone(): JSX.Element {
  useEffect(listenToDrags, []);
  useSignalEffect(() => {
    // It names files, and they are nothing to the next user.
    if (identity.value) {
      complaint.value = '';
    }
  });
  const choose = (event: TargetedEvent<HTMLInputElement>): void => {
    take(event.currentTarget.files ?? []);
    // The same file can be chosen again only if the input forgets it.
    event.currentTarget.value = '';
  };
  const empty = items.value.length === 0;
  const size = empty ? '' : status.value.kind === 'running' ? ' compact slim' : ' compact';
  return (
    <section class={`drop-zone${over.value ? ' over' : ''}${size}`} aria-label="Add files">
      <span class="round-icon"><Icon name="upload" /></span>
      <div class="drop-zone-text">
        <p class="drop-zone-title">Drop files here</p>
        <p class="muted">Files you have uploaded before are recognised.</p>
      </div>
      <label class={empty ? 'button primary' : 'button'}>
        Choose files
        <input class="visually-hidden" id={PICKER} type="file" multiple onChange={choose} />
      </label>
      <p class="complaint" role="alert">{complaint}</p>
    </section>
  );
}

/** Where the keyboard goes on when what it was at has gone. */
export function focusFilePicker(): void {
  document.getElementById(PICKER)?.focus();
}

function listenToDrags(): () => void {
  const listeners = { dragover, dragleave, drop } as const;
  const entries = Object.entries(listeners) as Array<[keyof typeof listeners, (event: DragEvent) => void]>;
  entries.forEach(([name, listener]) => addEventListener(name, listener));
  return () => entries.forEach(([name, listener]) => removeEventListener(name, listener));
}

/** Without this, the browser would leave the page and show the file. */
function dragover(event: DragEvent): void {
  if (event.dataTransfer?.types.includes('Files')) {
    event.preventDefault();
    over.value = true;
  }
}

/** Between the elements of the page, the pointer enters one as it leaves another. */
function dragleave({ relatedTarget }: DragEvent): void {
  if (relatedTarget === null) {
    over.value = false;
  }
}

function drop(event: DragEvent): void {
  const transfer = event.dataTransfer;
  if (transfer?.types.includes('Files')) {
    event.preventDefault();
    over.value = false;
    const folders = Array.from(transfer.items).filter((item) => item.webkitGetAsEntry()?.isDirectory).length;
    if (folders > 0) {
      complaint.value = 'Folders cannot be dropped. Open the folder and drop the files in it.';
    } else {
      take(transfer.files);
    }
  }
}

function take(files: FileList | readonly File[]): void {
  const refused = add(Array.from(files));
  complaint.value = refused.length === 0 ? '' : `Empty files cannot be uploaded: ${refused.join(', ')}.`;
  const added = files.length - refused.length;
  if (added > 0) {
    announce(`${words.plural(added, 'file')} added`);
  }
}
