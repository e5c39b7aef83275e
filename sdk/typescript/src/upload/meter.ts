import type { FileProgress, UploadOptions, UploadProgress } from './types.js';

/** The rate is that of the last ten seconds, so that it follows a network that changes. */
const WINDOW_MS = 10_000;

/** Counts the bytes of an upload and tells about them. */
export class Meter {
  readonly #options: UploadOptions;
  /** What changes is replaced, so that whoever shows a thousand files sees by comparing which of them have changed. */
  #files: readonly FileProgress[];
  readonly #totalBytes: number;
  #phase: UploadProgress['phase'] = 'hashing';
  #bytes = 0;
  #bytesInFlight = 0;
  #expiresAt: string | undefined;
  /** When how many bytes were done, oldest first. */
  #samples: Array<{ at: number; bytes: number }> = [];

  constructor(files: ReadonlyArray<{ key: string; blob: Blob }>, options: UploadOptions) {
    this.#options = options;
    this.#files = files.map(({ key, blob }) => ({
      key,
      bytes: 0,
      bytesInFlight: 0,
      totalBytes: blob.size,
      completed: false,
    }));
    this.#totalBytes = this.#files.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
    this.restart();
  }

  /** Begins to measure the rate anew, as after a pause. */
  restart(): void {
    this.#samples = [{ at: performance.now(), bytes: this.#bytes }];
  }

  /** Begins to count what is sent. */
  upload(expiresAt: string): void {
    this.#phase = 'uploading';
    this.#bytes = 0;
    this.#expiresAt = expiresAt;
    this.#files = this.#files.map((file) => ({ ...file, bytes: 0 }));
    this.restart();
    this.#tell();
  }

  /** Counts bytes of the file at `index` that are done, and that are under way, or less than nothing if they are not any more. */
  count(index: number, bytes: number, inFlight: number): void {
    const file = this.#files[index] as FileProgress;
    this.#bytes += bytes;
    this.#bytesInFlight += inFlight;
    this.#change(index, { bytes: file.bytes + bytes, bytesInFlight: file.bytesInFlight + inFlight });
  }

  complete(index: number): void {
    this.#change(index, { completed: true });
  }

  /** Notes what an answer says about the session. Answers may overtake one another; the latest time holds. */
  heed({ newExpiresAt }: { newExpiresAt?: string }): void {
    if (newExpiresAt && Date.parse(newExpiresAt) > Date.parse(this.#expiresAt ?? '1970')) {
      this.#expiresAt = newExpiresAt;
      this.#options.onExtended?.(newExpiresAt);
      this.#tell();
    }
  }

  #change(index: number, change: Partial<FileProgress>): void {
    const files = this.#files.slice();
    files[index] = { ...(files[index] as FileProgress), ...change };
    this.#files = files;
    this.#tell();
  }

  #tell(): void {
    const bytesPerSecond = this.#rate();
    this.#options.onProgress?.({
      phase: this.#phase,
      bytes: this.#bytes,
      bytesInFlight: this.#bytesInFlight,
      totalBytes: this.#totalBytes,
      bytesPerSecond,
      secondsLeft: bytesPerSecond && (this.#totalBytes - this.#bytes) / bytesPerSecond,
      files: this.#files,
      expiresAt: this.#expiresAt,
    });
  }

  #rate(): number | undefined {
    const now = { at: performance.now(), bytes: this.#bytes };
    this.#samples.push(now);
    // The newest sample that is older than the window is where the rate is measured from.
    while ((this.#samples[1]?.at ?? now.at) < now.at - WINDOW_MS) {
      this.#samples.shift();
    }
    const first = this.#samples[0] ?? now;
    return now.bytes > first.bytes && now.at > first.at
      ? (1000 * (now.bytes - first.bytes)) / (now.at - first.at)
      : undefined;
  }
}
