import { readAnswer } from './answer.js';
import { Call, type Reply } from './call.js';
import { ConnectionError, ResponseError } from './errors.js';
import type { CallOptions, ClientOptions } from './options.js';
import { prepare, type OperationRequest, type PreparedRequest } from './request.js';
import { backOff, within } from './time.js';
import { TokenHolder } from './token.js';

/** Sends the requests of a client. */
export class Transport {
  readonly #options: ClientOptions;
  readonly #tokens: TokenHolder;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#tokens = new TokenHolder(options.token);
  }

  /** Starts a call. */
  call<R extends Reply>(request: OperationRequest, options: CallOptions = {}): Call<R> {
    return new Call(this.#send(request, options) as Promise<R>);
  }

  async #send(request: OperationRequest, options: CallOptions): Promise<Reply> {
    const { signal } = options;
    const prepared = prepare(request, this.#options, options);
    const retries = prepared.repeatable ? (options.retries ?? this.#options.retries ?? 2) : 0;
    let refreshable = request.auth && prepared.resendable && this.#tokens.refreshable;
    for (let attempt = 0; ; ) {
      try {
        return await within(this.#limit(request, options), signal, (stop) => this.#attempt(request, prepared, stop));
      } catch (error) {
        signal?.throwIfAborted();
        // The server refused before it did anything, so any request may be sent again with a fresh token.
        if (refreshable && error instanceof ResponseError && error.status === 401) {
          refreshable = false;
        } else if (attempt < retries) {
          await backOff(error, attempt++, signal);
        } else {
          throw error;
        }
      }
    }
  }

  /** The milliseconds that an attempt may take. Bytes take as long as they take. */
  #limit({ answers, binary }: OperationRequest, { timeoutMs }: CallOptions): number {
    const endless = binary !== undefined || Object.values(answers).includes('binary');
    return timeoutMs ?? (endless ? 0 : (this.#options.timeoutMs ?? 30_000));
  }

  async #attempt(request: OperationRequest, prepared: PreparedRequest, signal: AbortSignal): Promise<Reply> {
    const { fetch = globalThis.fetch, baseUrl } = this.#options;
    const token = request.auth ? this.#tokens.current() : undefined;
    if (token) {
      // A source that never answers must not block the calls that follow.
      signal.onabort = () => this.#tokens.drop(token);
      prepared.init.headers.set('authorization', `Bearer ${await token}`);
      signal.onabort = null;
    }
    const answer = await fetch(prepared.url, { ...prepared.init, signal } as RequestInit)
      .then((response) => readAnswer(request, response))
      .catch((cause: unknown) => {
        throw new ConnectionError(`${request.id}: no answer from ${baseUrl}`, { cause });
      });
    if (answer.declared && answer.status < 300) {
      return answer;
    }
    if (answer.status === 401) {
      this.#tokens.drop(token);
    }
    throw new ResponseError(request.id, answer);
  }
}
