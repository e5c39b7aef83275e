import { effect, signal, untracked } from '@preact/signals';
import {
  upload,
  type CancelledUpload,
  type CompletedUpload,
  type DuplicateUpload,
  type ExpiredUpload,
  type Upload,
  type UploadOptions,
  type UploadOutcome,
  type UploadProgress,
} from 'upload-sessions-sdk/upload';

import { announce } from '../shared/announcer.js';
import { currentClient, serverAway } from '../shared/client.js';
import { identity, UNKNOWN } from '../shared/identity.js';
import { explain, type Problem } from '../shared/problem.js';
import * as words from '../shared/words.js';
import * as list from './items.js';

/** What the upload of the page is doing, or how the last one ended. */
export type Status =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly run: Upload; readonly paused: boolean; readonly cancelling: boolean }
  | { readonly kind: 'duplicate'; readonly outcome: DuplicateUpload; readonly fileCount: number }
  | { readonly kind: 'expired'; readonly outcome: ExpiredUpload }
  | { readonly kind: 'completed'; readonly outcome: CompletedUpload }
  | CancelledUpload
  | { readonly kind: 'failed'; readonly problem: Problem };

export const status = signal<Status>({ kind: 'idle' });
export const progress = signal<UploadProgress | undefined>(undefined);
/** How many seconds the last extension has added to the session. */
export const extendedBy = signal<number | undefined>(undefined);

/** Counts how often everything was forgotten, so that an upload from before changes nothing any more. */
let forgotten = 0;

/** Tells, whenever it is asked, whether nothing has been forgotten since. */
function remembering(): () => boolean {
  const before = forgotten;
  return () => forgotten === before;
}

/** Adds files to the list and tells which of them were not taken. */
export function add(files: readonly File[]): readonly string[] {
  const refused = list.add(files);
  if (refused.length < files.length) {
    leaveEnd();
  }
  return refused;
}

export function remove(key: string): void {
  list.remove(key);
  leaveEnd();
}

export function removeEnded(): void {
  list.removeEnded();
  leaveEnd();
}

/** How an upload has ended is about the list as it was then. An expired one still waits for an answer. */
function leaveEnd(): void {
  const { kind } = status.value;
  if (kind === 'completed' || kind === 'cancelled' || kind === 'failed') {
    dismiss();
  }
}

/** Uploads the files of the list that are ready. */
export function start(): void {
  const sources = list.readyItems.value.map(({ key, file }) => ({ key, blob: file }));
  const wanted = remembering();
  const options: UploadOptions = {
    onProgress: (now) => wanted() && onProgress(now),
    onExtended: (newExpiresAt) => wanted() && onExtended(newExpiresAt),
  };
  announce(`Uploading ${words.plural(sources.length, 'file')}`);
  void conduct(() => upload(currentClient(), sources, options));
}

/** Answers the question about duplicates. */
export function answerDuplicates(answer: 'skip' | 'uploadAnyway' | 'cancel'): void {
  if (status.value.kind !== 'duplicate') {
    return;
  }
  const { outcome } = status.value;
  if (answer === 'cancel') {
    list.reset();
    announce('Upload cancelled');
    status.value = { kind: 'cancelled', removed: true };
    return;
  }
  if (answer === 'skip') {
    list.skip(outcome.duplicates);
  }
  list.hold('uploading');
  void conduct(() => outcome[answer]());
}

/** Uploads again what did not arrive before its session expired. */
export function restart(): void {
  if (status.value.kind === 'expired') {
    const { outcome } = status.value;
    list.hold('uploading');
    void conduct(() => outcome.restart());
  }
}

/** Leaves an upload as it has ended. */
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
    status.value = { ...status.value, paused: !paused };
    announce(paused ? 'Upload resumed' : 'Upload paused');
  }
}

export function cancel(): void {
  if (status.value.kind === 'running') {
    status.value.run.cancel();
    status.value = { ...status.value, cancelling: true };
  }
}

async function conduct(begin: () => Upload): Promise<void> {
  const wanted = remembering();
  show(undefined);
  extendedBy.value = undefined;
  serverAway.value = false;
  milestone = 0;
  let end: Status;
  try {
    const run = begin();
    status.value = { kind: 'running', run, paused: false, cancelling: false };
    const outcome = await run;
    if (!wanted()) {
      return;
    }
    // What the outcome is about may not have been shown yet.
    show(next?.progress ?? progress.value);
    end = settle(outcome);
  } catch (error) {
    if (!wanted()) {
      return;
    }
    list.reset();
    end = { kind: 'failed', problem: explain(error) };
  }
  serverAway.value = false;
  show(undefined);
  status.value = end;
}

function settle(outcome: UploadOutcome): Status {
  switch (outcome.kind) {
    case 'completed':
      list.settle(outcome.files);
      announce(summary(outcome.files.length));
      return { kind: outcome.kind, outcome };
    case 'duplicate': {
      const fileCount = list.activeItems.value.length;
      list.hold('asked');
      return { kind: outcome.kind, outcome, fileCount };
    }
    case 'expired':
      list.hold('interrupted');
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

/** People see no more pictures than this in a second, however many parts arrive. */
const PICTURES_MS = 1000 / 30;
let next: { timer: ReturnType<typeof setTimeout>; progress: UploadProgress } | undefined;

/** Shows the newest progress when it is time for a picture; a tab in the background has a title to keep up as well. */
function onProgress(now: UploadProgress): void {
  if (next) {
    next.progress = now;
  } else {
    next = { timer: setTimeout(() => show(next?.progress), PICTURES_MS), progress: now };
  }
}

function show(now: UploadProgress | undefined): void {
  clearTimeout(next?.timer);
  next = undefined;
  progress.value = now;
  if (now) {
    list.follow(now);
    announceMilestone(now);
  }
}

function onExtended(newExpiresAt: string): void {
  const before = (next?.progress ?? progress.value)?.expiresAt;
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

/** Ends and forgets the uploads of whoever used the page before. */
function forget(): void {
  cancel();
  forgotten++;
  show(undefined);
  list.removeAll();
  announce('');
  status.value = { kind: 'idle' };
}

/** Whose files are in the list. Who has signed in with a token that nobody can read is asked to do it again. */
let owner = UNKNOWN;

effect(() => {
  const name = identity.value?.name;
  untracked(() => {
    const now = status.value;
    // Whose token was refused signs in again, and finds the files where they were.
    const refused = now.kind === 'failed' && now.problem.signIn === true;
    const another = name !== UNKNOWN && owner !== UNKNOWN && name !== owner;
    if (name === undefined ? !refused : another) {
      forget();
    } else if (now.kind === 'failed') {
      status.value = { kind: 'idle' };
    }
  });
  owner = name === undefined || name === UNKNOWN ? owner : name;
});
