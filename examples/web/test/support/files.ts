import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const MB = 1_000_000;
/** The size of a part. */
export const PART = 5_242_880;

/** Files on the disk for a file chooser, none of which is like another. */
export class Files {
  readonly #folder = mkdtempSync(join(tmpdir(), 'upload-page-files-'));
  #made = 0;

  /** Writes a file of some bytes; the same seed gives the same content. */
  write(name: string, size: number, seed: number = ++this.#made * 7919): string {
    const words = new Uint32Array(Math.ceil(size / 4));
    for (let index = 0; index < words.length; index++) {
      words[index] = Math.imul(index ^ seed, 2_654_435_761);
    }
    const path = join(this.#folder, name);
    writeFileSync(path, new Uint8Array(words.buffer, 0, size));
    return path;
  }

  /** A file of zeros, which takes no room on the disk. */
  zeros(name: string, size: number): string {
    const path = join(this.#folder, name);
    writeFileSync(path, '');
    truncateSync(path, size);
    return path;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
