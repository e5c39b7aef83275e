import type { JSX, TargetedEvent } from 'preact';

import { announce } from '../shared/announcer.js';
import { Icon, type IconName } from '../shared/icons.js';
import { Location } from '../shared/location.js';
import * as words from '../shared/words.js';
import { focusFilePicker } from './drop-zone.js';
import { items, remove, type Item, type Stage } from './items.js';

const icons: Partial<Record<Stage, IconName>> = { stored: 'check', completed: 'check', skipped: 'skip' };

/** The chosen files, each with how far it is. */
export function FileList(): JSX.Element {
  return (
    <ul class="files" aria-label="Files">
      {items.value.map((item) => <FileRow key={item.key} item={item} />)}
    </ul>
  );
}

function FileRow({ item }: { item: Item }): JSX.Element {
  const { key, file, stage, bytes, url } = item;
  const removeRow = ({ currentTarget }: TargetedEvent<HTMLElement>): void => {
    const row = currentTarget.closest('li');
    const neighbour = (row?.nextElementSibling ?? row?.previousElementSibling)?.querySelector('button');
    remove(key);
    announce(`${key} removed`);
    if (neighbour) {
      neighbour.focus();
    } else {
      focusFilePicker();
    }
  };
  const moving = stage === 'hashing' || stage === 'uploading' || stage === 'checking';
  return (
    <li class={`file ${stage}`}>
      <span class="file-icon"><Icon name={icons[stage] ?? 'file'} /></span>
      <div class="file-body">
        <p class="file-name truncated" title={key}>{key}</p>
        <p class="file-detail">
          <span class="file-stage">{describe(item)}</span>
          <span class="muted">{words.bytes(file.size)}</span>
        </p>
        {moving && <progress aria-label={`Progress of ${key}`} value={bytes} max={file.size} />}
        {url && <Location url={url} name={key} />}
      </div>
      {stage === 'ready' && (
        <button type="button" class="button icon-only" aria-label={`Remove ${key}`} onClick={removeRow}>
          <Icon name="close" />
        </button>
      )}
    </li>
  );
}

function describe({ stage, bytes, file }: Item): string {
  const percent = words.percent(bytes / file.size);
  switch (stage) {
    case 'ready':
      return 'Ready';
    case 'hashing':
      return `Reading ${percent}`;
    case 'uploading':
      return bytes === 0 ? 'Waiting' : `Uploading ${percent}`;
    case 'checking':
      return 'Being checked';
    case 'stored':
      return 'Arrived';
    case 'interrupted':
      return 'Interrupted';
    case 'completed':
      return 'Uploaded';
    case 'skipped':
      return 'Skipped, uploaded before';
  }
}
