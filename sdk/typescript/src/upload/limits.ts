import type { Source } from './sources.js';
import type { UploadOptions } from './types.js';

/** How many parts are sent at the same time unless the caller says otherwise. Browsers open six connections. */
export const CONCURRENCY = 4;
/** Longer than a database needs to move to another machine, and not so long that nobody learns what is wrong. */
export const GIVE_UP_AFTER_MS = 120_000;
/** The most files of a session, as the contract has it; a test compares. */
export const MAX_FILES = 1000;

/** Refuses options that would make an upload wait for ever. */
export function checkOptions({ concurrency = CONCURRENCY, giveUpAfterMs = GIVE_UP_AFTER_MS }: UploadOptions): void {
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new TypeError(`concurrency is ${concurrency}: give a whole number from 1 on`);
  }
  if (!(giveUpAfterMs >= 0)) {
    throw new TypeError(`giveUpAfterMs is ${giveUpAfterMs}: give a number from 0 on`);
  }
}

/** Refuses files that the service does not take, before time is spent on hashing the others. */
export async function checkContent(sources: readonly Source[]): Promise<void> {
  for (const { key, blob } of sources) {
    if (blob.size === 0) {
      // A file that is gone may have no size; only reading the whole of it tells.
      await blob.arrayBuffer();
      throw new TypeError(`'${key}' is empty: leave it out`);
    }
  }
}
