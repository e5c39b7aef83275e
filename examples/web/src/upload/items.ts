import { computed, signal } from '@preact/signals';
import type { DuplicateFile } from 'upload-sessions-sdk';
import type { FileProgress, UploadedFile, UploadProgress } from 'upload-sessions-sdk/upload';

/**
 * How far a file of the list is. While it is `checking`, the server puts it together and compares its hash; what is
 * `stored` is `completed` only with all files of its upload. It is `asked` what to do with duplicates, and a session that
 * expires leaves its files `interrupted`.
 */
export type Stage =
  | 'ready'
  | 'hashing'
  | 'uploading'
  | 'checking'
  | 'stored'
  | 'asked'
  | 'interrupted'
  | 'completed'
  | 'skipped';

/** A file of the list. It is replaced when something about it changes. */
export interface Item {
  /** Unique in the list, because the files of an upload must differ in it. */
  readonly key: string;
  readonly file: File;
  readonly stage: Stage;
  /** What the upload has told of it. */
  readonly progress?: FileProgress | undefined;
  /** Where the server has it. */
  readonly url?: string | undefined;
}

export const items = signal<readonly Item[]>([]);
export const readyItems = computed(() => items.value.filter(({ stage }) => stage === 'ready'));
export const endedItems = computed(() => items.value.filter(isEnded));

/** The files of the upload under way. */
export const activeItems = computed(() => items.value.filter((item) => item.stage !== 'ready' && !isEnded(item)));

/** Adds files and tells which of them were not taken: the service stores no empty ones. */
export function add(files: readonly File[]): readonly string[] {
  const taken = new Set(items.value.map(({ key }) => key));
  const added = files
    .filter(({ size }) => size > 0)
    .map((file): Item => {
      const key = freeKey(file.name, taken);
      taken.add(key);
      return { key, file, stage: 'ready' };
    });
  items.value = [...items.value, ...added];
  return files.filter(({ size }) => size === 0).map(({ name }) => name);
}

export function remove(key: string): void {
  items.value = items.value.filter((item) => item.key !== key);
}

export function removeEnded(): void {
  items.value = items.value.filter((item) => !isEnded(item));
}

export function removeAll(): void {
  items.value = [];
}

/** Shows how far the files of an upload are. */
export function follow({ phase, files }: UploadProgress): void {
  const byKey = new Map(files.map((file) => [file.key, file]));
  update((item) => {
    const progress = byKey.get(item.key);
    return progress && progress !== item.progress && { stage: stageOf(phase, progress), progress };
  });
}

/** Keeps what an upload has brought. */
export function settle(uploaded: readonly UploadedFile[]): void {
  const stored = new Map(uploaded.map(({ key, fileUrl }) => [key, fileUrl]));
  update(({ key }) => stored.has(key) && { stage: 'completed', url: stored.get(key) });
}

/** Shows which files are left out, because the server has them. */
export function skip(duplicates: readonly DuplicateFile[]): void {
  const existing = new Map(duplicates.map(({ key, existingUrl }) => [key, existingUrl]));
  update(({ key, stage }) => stage !== 'skipped' && existing.has(key) && { stage: 'skipped', url: existing.get(key) });
}

/** Shows what the files of an upload wait for: a decision, or to be sent. */
export function hold(stage: 'asked' | 'interrupted' | 'uploading'): void {
  const active = new Set(activeItems.value);
  update((item) => active.has(item) && { stage, progress: undefined });
}

/** Takes the files of an upload that has come to nothing back to where they were. */
export function reset(): void {
  update((item) => !isEnded(item) && item.stage !== 'ready' && { stage: 'ready', progress: undefined });
}

function isEnded({ stage }: Item): boolean {
  return stage === 'completed' || stage === 'skipped';
}

function update(change: (item: Item) => Partial<Item> | false | undefined): void {
  items.value = items.value.map((item) => {
    const changed = change(item);
    return changed ? { ...item, ...changed } : item;
  });
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

/** The name of a file, with a number if another has that name. */
function freeKey(name: string, taken: ReadonlySet<string>): string {
  const [, stem = name, ending = ''] = /^(.+?)(\.[^.]*)?$/s.exec(name) ?? [];
  let key = name;
  for (let number = 2; taken.has(key); number++) {
    key = `${stem} (${number})${ending}`;
  }
  return key;
}
