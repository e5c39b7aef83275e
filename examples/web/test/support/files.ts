import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const MB = 1_000_000;

/** Files on the disk for a file chooser, none of which is like another. */
export class Files {
  readonly #folder = mkdtempSync(join(tmpdir(), 'upload-page-files-'));
  #made = 0;

  /** Writes a file of some bytes; the same seed gives the same content. */
  write(name: string, size: number, seed: number = ++this.#made * 7919): string {
    const words = Uint32Array.from({ length: Math.ceil(size / 4) }, (_, index) => Math.imul(index ^ seed, 2_654_435_761));
    const path = join(this.#folder, name);
    writeFileSync(path, new Uint8Array(words.buffer, 0, size));
    return path;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
