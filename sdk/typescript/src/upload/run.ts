import { ConnectionError } from '../errors.js';
import type { Client } from '../generated/client.js';
import type {
  CompletedPart,
  CreateSessionResponse,
  RegisterFileResponse,
  UploadPartResponse,
} from '../generated/types.js';
import type { CallOptions } from '../options.js';
import { isTimeout, within } from '../time.js';
import { checkContent } from './limits.js';
import type { Meter } from './meter.js';
import type { Patience } from './patience.js';
import { each, type Slots } from './slots.js';
import { declaration, type Source } from './sources.js';
import { sha256 } from './sha256.js';
import type { UploadedFile, UploadOptions } from './types.js';

/** Stored parts are put together and hashed in one request, and a part may be slow; but a lost connection must end. */
const TIMEOUT_MS = 5 * 60_000;
/** What the server does at once is answered by then, or not at all. */
const QUICK_TIMEOUT_MS = 30_000;
/** How long an upload that is ended waits for the session that it has asked for, to remove it. */
const GRACE_MS = 5000;

/** The steps of one upload, in the order in which they are taken. */
export class Run {
  readonly #client: Client;
  readonly #sources: readonly Source[];
  readonly #options: UploadOptions;
  readonly #meter: Meter;
  readonly #slots: Slots;
  readonly #patience: Patience;
  readonly #signal: AbortSignal;
  /** What slow requests may take. Grows when one has timed out, so that a slow link is not cut off again and again. */
  #timeoutMs = TIMEOUT_MS;
  /**
   * What ends each request under way. The platforms warn of a signal with more than a few listeners, so the signal of the
   * run has a single one.
   */
  readonly #ends: Set<() => void> = new Set();
  /** Makes requests recognisable to the server when they are repeated, among those of this run only. */
  readonly #id: string = crypto.getRandomValues(new Uint32Array(4)).join('-');

  constructor(
    client: Client,
    sources: readonly Source[],
    options: UploadOptions,
    own: { meter: Meter; slots: Slots; patience: Patience; signal: AbortSignal },
  ) {
    this.#client = client;
    this.#sources = sources;
    this.#options = options;
    this.#meter = own.meter;
    this.#slots = own.slots;
    this.#patience = own.patience;
    this.#signal = own.signal;
    own.signal.addEventListener('abort', () => {
      this.#ends.forEach((end) => end());
      own.patience.wake();
      own.slots.paused = false;
    });
  }

  /** Hashes what has no hash yet, once it is clear that the service takes it. */
  async hash(): Promise<void> {
    await checkContent(this.#sources);
    const { hash = sha256 } = this.#options;
    for (const [index, source] of this.#sources.entries()) {
      let counted = 0;
      const onProgress = (bytes: number): Promise<void> =>
        this.#slots.run(() => {
          this.#signal.throwIfAborted();
          this.#meter.count(index, bytes - counted, 0);
          counted = bytes;
        });
      // A hash that does not heed its signal must not hold up the end of the upload.
      source.hash ??= await within(0, this.#signal, (signal) => hash(source.blob, { signal, onProgress }));
    }
  }

  /** Opens the session. */
  async open(): Promise<CreateSessionResponse> {
    const { allowDuplicates = false } = this.#options;
    const body = { files: this.#sources.map(declaration), allowDuplicates };
    const create = (call: CallOptions): Promise<CreateSessionResponse> =>
      this.#client.createSession({ idempotencyKey: this.#id, body }, call);
    return this.#persist(create, false, undefined, GRACE_MS);
  }

  /** Sends all files, and ends the session. */
  async send({ sessionId, partSizeBytes, expiresAt }: CreateSessionResponse): Promise<UploadedFile[]> {
    this.#signal.throwIfAborted();
    this.#meter.upload(expiresAt);
    const uploaded: UploadedFile[] = [];
    await each([...this.#sources.entries()], this.#slots.most, async ([index, source]) => {
      const file = await this.#persist((call) =>
        this.#client.registerFile(
          { sessionId, idempotencyKey: `${this.#id}-${index}`, body: declaration(source) },
          call,
        ),
      );
      this.#meter.heed(file);
      const parts = await this.#sendParts(sessionId, file, index, partSizeBytes);
      const whole = { sessionId, fileId: file.fileId, body: { parts } };
      const completed = await this.#persist((call) => this.#client.completeFile(whole, call), true);
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
    const { blob } = this.#sources[index] as Source;
    const parts: CompletedPart[] = [];
    await each([...Array(partCount).keys()], this.#slots.most, (part) =>
      this.#slots.run(async () => {
        const partNumber = part + 1;
        const body = blob.slice(part * partSizeBytes, partNumber * partSizeBytes);
        const send = (call: CallOptions): Promise<UploadPartResponse> =>
          this.#client.uploadPart({ sessionId, fileId, partNumber, body }, call).catch(async (error: unknown) => {
            // A file that has changed or gone cannot be sent; that must not look like a lost connection.
            if (error instanceof ConnectionError) {
              await body.slice(0, 1).arrayBuffer();
            }
            throw error;
          });
        this.#signal.throwIfAborted();
        this.#meter.count(index, 0, body.size);
        const stored = await this.#persist(send, true, () => this.#slots.again());
        parts[part] = { partNumber, etag: stored.etag };
        this.#slots.more();
        this.#meter.heed(stored);
        this.#meter.count(index, body.size, -body.size);
      }),
    );
    return parts;
  }

  /**
   * Repeats a request where that may help. The client repeats no POST without a key, but each of these does no more
   * when it is sent twice. `slow` is one with many bytes, or whose answer waits for them, `turn` what has to be waited
   * for before it is repeated, such as the end of a pause, and `graceMs` how much longer than the upload it may take.
   */
  async #persist<T>(
    send: (call: CallOptions) => Promise<T>,
    slow = false,
    turn: () => Promise<void> = () => this.#slots.run(() => {}),
    graceMs = 0,
  ): Promise<T> {
    this.#signal.throwIfAborted();
    const request = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const abort = (): void => request.abort(this.#signal.reason);
    const end = graceMs ? (): unknown => (timer = setTimeout(abort, graceMs)) : abort;
    this.#ends.add(end);
    try {
      for (let attempt = 0; ; attempt++) {
        const timeoutMs = slow ? this.#timeoutMs : QUICK_TIMEOUT_MS;
        try {
          const answer = await send({ signal: request.signal, timeoutMs, retries: 0 });
          this.#patience.renew();
          return answer;
        } catch (error) {
          this.#signal.throwIfAborted();
          if (slow && isTimeout(error)) {
            this.#timeoutMs = Math.max(this.#timeoutMs, 2 * timeoutMs);
            this.#slots.fewer();
          }
          await this.#patience.wait(error, attempt);
          await turn();
          this.#signal.throwIfAborted();
        }
      }
    } finally {
      clearTimeout(timer);
      this.#ends.delete(end);
    }
  }
}
