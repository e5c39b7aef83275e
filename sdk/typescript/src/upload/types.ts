import type { DuplicateFile } from '../generated/types.js';
import type { HashOptions } from './pieces.js';

/** Bytes with the name that the server is to know them by. */
export interface UploadSource {
  /** Unique among the files of one upload. */
  readonly key: string;
  readonly blob: Blob;
  /** Default: the type of the blob, if it has one. */
  readonly contentType?: string | undefined;
}

/** A `File`, whose key is its path in the chosen folder or else its name, or a source with a key of your own. */
export type UploadInput = UploadSource | (Blob & { readonly name: string; readonly webkitRelativePath?: string });

/** How an upload is done. */
export interface UploadOptions {
  /** Called after every step, some hundred times for a file of a gigabyte. */
  onProgress?: ((progress: UploadProgress) => void) | undefined;
  /** Called when activity has extended the session, with the time at which it now ends. */
  onExtended?: ((newExpiresAt: string) => void) | undefined;
  /** Ends the upload and aborts its session; the upload then rejects with the signal's reason, unless it was too late. */
  signal?: AbortSignal | undefined;
  /** How many parts are sent at the same time. Default 4. */
  concurrency?: number | undefined;
  /** Upload files even if they were uploaded before. Default false: the outcome is then `duplicate`. */
  allowDuplicates?: boolean | undefined;
  /**
   * How many milliseconds failed requests are repeated without any of the upload being answered, before it rejects. The
   * pauses double from a quarter of a second on, up to ten seconds. Default 120000: two minutes without a server, after the
   * first attempt has failed. That takes half a minute where there is no answer at all, and five for a part on its way or a file
   * that is put together.
   */
  giveUpAfterMs?: number | undefined;
  /** What hashes a file. Default: `sha256`. */
  hash?: ((blob: Blob, options: HashOptions) => Promise<string>) | undefined;
}

/** How far an upload is. All files are hashed first, then sent. */
export interface UploadProgress {
  readonly phase: 'hashing' | 'uploading';
  /** Bytes of this phase that are done; a part counts when the server has stored it. */
  readonly bytes: number;
  /** Bytes of parts that are begun and not stored yet. */
  readonly bytesInFlight: number;
  readonly totalBytes: number;
  /** The rate of the last seconds, once there is one. */
  readonly bytesPerSecond: number | undefined;
  /** What remains of this phase at that rate. */
  readonly secondsLeft: number | undefined;
  /** In the order in which they were given. What has not changed since the last call is the same object as then. */
  readonly files: readonly FileProgress[];
  /** When the session ends unless the upload goes on; it moves when the session is extended. */
  readonly expiresAt: string | undefined;
}

/** How far one file is. */
export interface FileProgress {
  readonly key: string;
  readonly bytes: number;
  /** Bytes of its parts that are begun and not stored yet. */
  readonly bytesInFlight: number;
  readonly totalBytes: number;
  /** Whether the server has put it together and checked its hash. */
  readonly completed: boolean;
}

/** A file that the server has. */
export interface UploadedFile {
  readonly key: string;
  readonly fileId: string;
  /** Where it is stored. */
  readonly fileUrl: string;
  readonly size: number;
  /** The SHA-256 of its content. */
  readonly hash: string;
}

/** How an upload ended. Everything else, such as a refusal or a server that is gone, rejects. */
export type UploadOutcome = CompletedUpload | DuplicateUpload | ExpiredUpload | CancelledUpload;

/** The server has all files. */
export interface CompletedUpload {
  readonly kind: 'completed';
  /** None if there was nothing to upload. */
  readonly sessionId: string | undefined;
  /** In the order in which they were given. */
  readonly files: readonly UploadedFile[];
  /** Files that were left out because they had been uploaded before. */
  readonly skipped: readonly DuplicateFile[];
}

/** Nothing was sent, because some of the files had been uploaded before. Nothing is hashed again to go on. */
export interface DuplicateUpload {
  readonly kind: 'duplicate';
  readonly duplicates: readonly DuplicateFile[];
  /** Uploads the other files. */
  skip(): Upload;
  /** Uploads all files all the same. */
  uploadAnyway(): Upload;
}

/** The session ended before the upload did, as after a long pause. */
export interface ExpiredUpload {
  readonly kind: 'expired';
  readonly sessionId: string;
  /** Uploads all files in a new session, without hashing them or asking about duplicates again. */
  restart(): Upload;
}

/** `cancel()` was called in time; after the last step the outcome is `completed` all the same. */
export interface CancelledUpload {
  readonly kind: 'cancelled';
  /**
   * Whether the server has said that nothing is kept. Otherwise it did not answer, and what it has may stay there: a file that
   * it has completed counts as uploaded before.
   */
  readonly removed: boolean;
}

/** An upload under way: awaiting it gives its outcome. */
export interface Upload extends Promise<UploadOutcome> {
  readonly paused: boolean;
  /** Starts no more parts and repeats nothing; requests under way are finished. A session that is paused for too long expires. */
  pause(): void;
  resume(): void;
  /** Ends the upload and aborts its session; the outcome is then `cancelled`, or `completed` if that was too late. Without effect on one that has ended. */
  cancel(): void;
}
