import { computed, signal } from '@preact/signals';
import type { DuplicateFile } from 'upload-sessions-sdk';
import type { FileProgress, UploadedFile, UploadProgress } from 'upload-sessions-sdk/upload';

/**
 * How far a file of the list is. While it is `checking`, the server puts it together and compares its hash; what is
 * `stored` is `completed` only with all files of its upload. A session that expires leaves it `interrupted`.
 */
export type Stage = 'ready' | 'hashing' | 'uploading' | 'checking' | 'stored' | 'interrupted' | 'completed' | 'skipped';

/** A file of the list. */
export interface Item {
  /** Unique in the list, because the files of an upload must differ in it. */
  readonly key: string;
  readonly file: File;
  readonly stage: Stage;
  /** Bytes of the stage that are done. */
  readonly bytes: number;
  /** Where the server has it. */
  readonly url?: string | undefined;
}

export const items = signal<readonly Item[]>([]);
export const readyItems = computed(() => items.value.filter(({ stage }) => stage === 'ready'));
export const endedItems = computed(() => items.value.filter(({ stage }) => stage === 'completed' || stage === 'skipped'));

/** The files of the upload under way. */
export const activeItems = computed(() =>
  items.value.filter(({ stage }) => stage !== 'ready' && stage !== 'completed' && stage !== 'skipped'),
);

/** Adds files and tells which of them were not taken: the service stores no empty ones. */
export function add(files: Iterable<File>): readonly string[] {
  const refused: string[] = [];
  for (const file of files) {
    if (file.size === 0) {
      refused.push(file.name);
    } else {
      items.value = [...items.value, { key: freeKey(file.name), file, stage: 'ready', bytes: 0 }];
    }
  }
  return refused;
}

export function remove(key: string): void {
  items.value = items.value.filter((item) => item.key !== key);
}

export function removeEnded(): void {
  items.value = items.value.filter((item) => !endedItems.value.includes(item));
}

/** Shows how far the files of an upload are. */
export function follow({ phase, files }: UploadProgress): void {
  const byKey = new Map(files.map((file) => [file.key, file]));
  update((item) => {
    const file = byKey.get(item.key);
    return file && { stage: stageOf(phase, file), bytes: file.bytes };
  });
}

/** Keeps what an upload has brought. */
export function settle(uploaded: readonly UploadedFile[], skipped: readonly DuplicateFile[]): void {
  const stored = new Map(uploaded.map(({ key, fileUrl }) => [key, fileUrl]));
  const existing = new Map(skipped.map(({ key, existingUrl }) => [key, existingUrl]));
  update((item) => {
    if (stored.has(item.key)) {
      return { stage: 'completed', bytes: item.file.size, url: stored.get(item.key) };
    }
    return existing.has(item.key) ? { stage: 'skipped', bytes: 0, url: existing.get(item.key) } : undefined;
  });
}

/** Shows that the files of an upload wait for a decision. */
export function interrupt(): void {
  const active = new Set(activeItems.value);
  items.value = items.value.map((item) => (active.has(item) ? { ...item, stage: 'interrupted' } : item));
}

/** Takes the files of an upload that has come to nothing back to where they were. */
export function reset(): void {
  update(({ stage }) => (stage === 'completed' || stage === 'skipped' ? undefined : { stage: 'ready', bytes: 0 }));
}

function update(change: (item: Item) => Partial<Item> | undefined): void {
  items.value = items.value.map((item) => ({ ...item, ...change(item) }));
}

function stageOf(phase: UploadProgress['phase'], { bytes, totalBytes, completed }: FileProgress): Stage {
  if (phase === 'hashing') {
    return 'hashing';
  }
  if (completed) {
    return 'stored';
  }
  return bytes === totalBytes ? 'checking' : 'uploading';
}

/** The name of a file, with a number if the list has one of that name. */
function freeKey(name: string): string {
  const taken = new Set(items.value.map(({ key }) => key));
  const [, stem = name, ending = ''] = /^(.+?)(\.[^.]*)?$/s.exec(name) ?? [];
  let key = name;
  for (let number = 2; taken.has(key); number++) {
    key = `${stem} (${number})${ending}`;
  }
  return key;
}
