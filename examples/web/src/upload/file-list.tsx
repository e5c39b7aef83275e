import { Component, type JSX, type TargetedEvent } from 'preact';

import { announce } from '../shared/announcer.js';
import { Bar } from '../shared/bar.js';
import { Icon, type IconName } from '../shared/icons.js';
import { Location } from '../shared/location.js';
import * as words from '../shared/words.js';
import { focusFilePicker } from './drop-zone.js';
import { items, type Item, type Stage } from './items.js';
import { remove } from './uploads.js';

const icons: Partial<Record<Stage, IconName>> = { stored: 'check', completed: 'check', skipped: 'skip' };

/** The chosen files, each with how far it is. */
export function FileList(): JSX.Element {
  return (
    <ul class="files" aria-label="Files">
      {items.value.map((item) => <FileRow key={item.key} item={item} />)}
    </ul>
  );
}

/** Of a thousand rows, only those are drawn again whose file has changed. */
class FileRow extends Component<{ item: Item }> {
  override shouldComponentUpdate({ item }: { item: Item }): boolean {
    return item !== this.props.item;
  }

  override render(): JSX.Element {
    const { item } = this.props;
    const { key, file, stage, progress, url } = item;
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
          {moving && progress && (
            <Bar
              label={`Progress of ${key}`}
              done={progress.bytes}
              underWay={progress.bytesInFlight}
              total={progress.totalBytes}
            />
          )}
        </div>
        {url && <Location url={url} name={key} />}
        {stage === 'ready' && (
          <button type="button" class="button icon-only" aria-label={`Remove ${key}`} onClick={(event) => removeRow(key, event)}>
            <Icon name="close" />
          </button>
        )}
      </li>
    );
  }
}

/** Removes a file, and leaves the keyboard beside where it was. */
function removeRow(key: string, { currentTarget }: TargetedEvent<HTMLElement>): void {
  const row = currentTarget.closest('li');
  const neighbour = (row?.nextElementSibling ?? row?.previousElementSibling)?.querySelector('button');
  remove(key);
  announce(`${key} removed`);
  if (neighbour) {
    neighbour.focus();
  } else {
    focusFilePicker();
  }
}

function describe({ stage, progress }: Item): string {
  switch (stage) {
    case 'ready':
      return 'Ready';
    case 'hashing':
      return inWords('Reading', progress);
    case 'uploading':
      return inWords('Sending', progress);
    case 'checking':
      return 'The server is checking it';
    case 'asked':
      return 'Waiting for your answer';
    case 'interrupted':
      return 'Interrupted';
    case 'stored':
    case 'completed':
      return 'Uploaded';
    case 'skipped':
      return 'Skipped, uploaded before';
  }
}

function inWords(doing: string, progress: Item['progress']): string {
  const { bytes = 0, bytesInFlight = 0, totalBytes = 1 } = progress ?? {};
  if (bytes === 0) {
    return bytesInFlight > 0 ? doing : 'Waiting';
  }
  return `${doing} ${words.percent(bytes / totalBytes)}`;
}
