import { ConnectionError } from '../errors.js';
import type { Client } from '../generated/client.js';
import type { CompletedPart, CreateSessionResponse, RegisterFileResponse } from '../generated/types.js';
import type { CallOptions } from '../options.js';
import { backOff } from '../time.js';
import type { Meter } from './meter.js';
import { each, type Slots } from './slots.js';
import { declaration, type Source } from './sources.js';
import { sha256 } from './sha256.js';
import type { UploadedFile, UploadOptions } from './types.js';

/** Stored parts are put together and hashed in one request, and a part may be slow; but a lost connection must end. */
const TIMEOUT_MS = 5 * 60_000;
const RETRIES = 8;
/** How many parts are sent at the same time unless the caller says otherwise. Browsers open six connections. */
export const CONCURRENCY = 4;

/** The steps of one upload, in the order in which they are taken. */
export class Run {
  readonly #client: Client;
  readonly #sources: readonly Source[];
  readonly #options: UploadOptions;
  readonly #meter: Meter;
  readonly #slots: Slots;
  readonly #signal: AbortSignal;
  /**
   * One for each request under way. The platforms warn of a signal with more than a few listeners, so the signal of the
   * run has a single one.
   */
  readonly #requests: Set<AbortController> = new Set();
  /** Makes requests recognisable to the server when they are repeated, among those of this run only. */
  readonly #id: string = Array.from(crypto.getRandomValues(new Uint32Array(4)), String).join('-');

  constructor(
    client: Client,
    sources: readonly Source[],
    options: UploadOptions,
    own: { meter: Meter; slots: Slots; signal: AbortSignal },
  ) {
    this.#client = client;
    this.#sources = sources;
    this.#options = options;
    this.#meter = own.meter;
    this.#slots = own.slots;
    this.#signal = own.signal;
    own.signal.addEventListener('abort', () => this.#requests.forEach((request) => request.abort(own.signal.reason)));
  }

  /** Hashes what has no hash yet. */
  async hash(): Promise<void> {
    const { hash = sha256 } = this.#options;
    for (const [index, source] of this.#sources.entries()) {
      let counted = 0;
      source.hash ??= await hash(source.blob, {
        signal: this.#signal,
        onProgress: (bytes) =>
          this.#slots.run(() => {
            this.#signal.throwIfAborted();
            this.#meter.add(index, bytes - counted);
            counted = bytes;
          }),
      });
    }
  }

  /** Opens the session. */
  async open(): Promise<CreateSessionResponse> {
    const { allowDuplicates = false } = this.#options;
    const body = { files: this.#sources.map(declaration), allowDuplicates };
    const session = await this.#persist((call) =>
      this.#client.createSession({ idempotencyKey: this.#id, body }, call),
    );
    this.#meter.upload(session.expiresAt);
    return session;
  }

  /** Sends all files, and ends the session. */
  async send({ sessionId, partSizeBytes }: CreateSessionResponse): Promise<UploadedFile[]> {
    const uploaded: UploadedFile[] = [];
    const { concurrency = CONCURRENCY } = this.#options;
    await each(this.#sources.entries(), concurrency, async ([index, source]) => {
      const file = await this.#persist((call) =>
        this.#client.registerFile(
          { sessionId, idempotencyKey: `${this.#id}-${index}`, body: declaration(source) },
          call,
        ),
      );
      this.#meter.heed(file);
      const parts = await this.#sendParts(sessionId, file, index, partSizeBytes);
      const whole = { sessionId, fileId: file.fileId, body: { parts } };
      const completed = await this.#persist((call) => this.#client.completeFile(whole, call));
      this.#meter.heed(completed);
      this.#meter.complete(index);
      const { fileId, fileUrl, size } = completed;
      uploaded[index] = { key: source.key, fileId, fileUrl, size, hash: source.hash ?? '' };
    });
    await this.#persist((call) => this.#client.finalizeSession({ sessionId }, call));
    return uploaded;
  }

  /** Sends the parts of a file in any order, and lists them in theirs. */
  async #sendParts(
    sessionId: string,
    { fileId, partCount }: RegisterFileResponse,
    index: number,
    partSizeBytes: number,
  ): Promise<CompletedPart[]> {
    const { concurrency = CONCURRENCY } = this.#options;
    const { blob } = this.#sources[index] as Source;
    const parts: CompletedPart[] = [];
    const numbers = Array.from({ length: partCount }, (_, part) => part + 1);
    await each(numbers, concurrency, (partNumber) =>
      this.#slots.run(async () => {
        const body = blob.slice((partNumber - 1) * partSizeBytes, partNumber * partSizeBytes);
        const part = await this.#persist((call) =>
          this.#client.uploadPart({ sessionId, fileId, partNumber, body }, call).catch(async (error: unknown) => {
            // A file that has changed or gone cannot be sent; that must not look like a lost connection.
            if (error instanceof ConnectionError) {
              await body.slice(0, 1).arrayBuffer();
            }
            throw error;
          }),
        );
        parts[partNumber - 1] = { partNumber, etag: part.etag };
        this.#meter.heed(part);
        this.#meter.add(index, body.size);
      }),
    );
    return parts;
  }

  /**
   * Repeats a request where that may help. The client repeats no POST without a key, but each of these does no more
   * when it is sent twice.
   */
  async #persist<T>(send: (call: CallOptions) => Promise<T>): Promise<T> {
    const { retries = RETRIES } = this.#options;
    this.#signal.throwIfAborted();
    const request = new AbortController();
    const { signal } = request;
    this.#requests.add(request);
    try {
      for (let attempt = 0; ; attempt++) {
        try {
          return await send({ signal, timeoutMs: TIMEOUT_MS, retries: 0 });
        } catch (error) {
          signal.throwIfAborted();
          if (attempt === retries) {
            throw error;
          }
          await backOff(error, attempt, signal);
        }
      }
    } finally {
      this.#requests.delete(request);
    }
  }
}
