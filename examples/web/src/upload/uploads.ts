import { signal } from '@preact/signals';
import {
  upload,
  type CompletedUpload,
  type DuplicateUpload,
  type ExpiredUpload,
  type Upload,
  type UploadOutcome,
  type UploadProgress,
} from 'upload-sessions-sdk/upload';

import { announce } from '../shared/announcer.js';
import { currentClient } from '../shared/client.js';
import { explain, type Problem } from '../shared/problem.js';
import * as words from '../shared/words.js';
import * as list from './items.js';

/** What the upload of the page is doing, or how the last one ended. */
export type Status =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly run: Upload; readonly paused: boolean }
  | { readonly kind: 'duplicate'; readonly outcome: DuplicateUpload; readonly fileCount: number }
  | { readonly kind: 'expired'; readonly outcome: ExpiredUpload }
  | { readonly kind: 'completed'; readonly outcome: CompletedUpload }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly problem: Problem };

export const status = signal<Status>({ kind: 'idle' });
export const progress = signal<UploadProgress | undefined>(undefined);
/** How many seconds the last extension has added to the session. */
export const extendedBy = signal<number | undefined>(undefined);

/** Uploads the files of the list that are ready. */
export function start(): void {
  const sources = list.readyItems.value.map(({ key, file }) => ({ key, blob: file }));
  announce(`Uploading ${words.plural(sources.length, 'file')}`);
  void conduct(() => upload(currentClient(), sources, { onProgress, onExtended }));
}

/** Answers the question about duplicates. */
export function answerDuplicates(answer: 'skip' | 'uploadAnyway' | 'cancel'): void {
  if (status.value.kind !== 'duplicate') {
    return;
  }
  const { outcome } = status.value;
  if (answer === 'cancel') {
    list.reset();
    status.value = { kind: 'cancelled' };
  } else {
    void conduct(() => outcome[answer]());
  }
}

/** Uploads again what did not arrive before its session expired. */
export function restart(): void {
  if (status.value.kind === 'expired') {
    const { outcome } = status.value;
    void conduct(() => outcome.restart());
  }
}

/** Leaves an upload that has expired as it is. */
export function dismiss(): void {
  list.reset();
  status.value = { kind: 'idle' };
}

export function togglePause(): void {
  if (status.value.kind === 'running') {
    const { run, paused } = status.value;
    if (paused) {
      run.resume();
    } else {
      run.pause();
    }
    status.value = { kind: 'running', run, paused: !paused };
    announce(paused ? 'Upload resumed' : 'Upload paused');
  }
}

export function cancel(): void {
  if (status.value.kind === 'running') {
    status.value.run.cancel();
  }
}

async function conduct(begin: () => Upload): Promise<void> {
  progress.value = undefined;
  extendedBy.value = undefined;
  milestone = 0;
  try {
    const run = begin();
    status.value = { kind: 'running', run, paused: false };
    status.value = settle(await run);
  } catch (error) {
    list.reset();
    status.value = { kind: 'failed', problem: explain(error) };
  }
}

function settle(outcome: UploadOutcome): Status {
  switch (outcome.kind) {
    case 'completed':
      list.settle(outcome.files, outcome.skipped);
      announce(summary(outcome.files.length));
      return { kind: outcome.kind, outcome };
    case 'duplicate':
      return { kind: outcome.kind, outcome, fileCount: list.activeItems.value.length };
    case 'expired':
      list.interrupt();
      return { kind: outcome.kind, outcome };
    case 'cancelled':
      list.reset();
      announce('Upload cancelled');
      return outcome;
  }
}

/** How an upload ended that went well. */
export function summary(fileCount: number): string {
  return fileCount > 0 ? `${words.plural(fileCount, 'file')} uploaded` : 'Nothing new to upload';
}

function onProgress(now: UploadProgress): void {
  progress.value = now;
  list.follow(now);
  announceMilestone(now);
}

function onExtended(newExpiresAt: string): void {
  const before = progress.value?.expiresAt;
  extendedBy.value = before === undefined ? 0 : (Date.parse(newExpiresAt) - Date.parse(before)) / 1000;
  announce(`The session was extended by ${words.duration(extendedBy.value)}; it now ends at ${words.clock(newExpiresAt)}`);
}

/** The last quarter that was announced. Every step would be more than anyone can listen to. */
let milestone = 0;

function announceMilestone({ phase, bytes, totalBytes }: UploadProgress): void {
  const quarter = phase === 'uploading' ? Math.floor((4 * bytes) / totalBytes) : 0;
  if (quarter > milestone && quarter < 4) {
    announce(`${quarter * 25} percent uploaded`);
  }
  milestone = quarter;
}
