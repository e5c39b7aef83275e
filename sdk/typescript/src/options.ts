/** Bytes to send. A stream is sent once: such a call is neither repeated nor sent again with a fresh token. */
export type BinaryBody = Blob | ArrayBuffer | Uint8Array | ReadableStream<Uint8Array>;

/**
 * A bearer token, or what obtains one. A function is called before the first request that needs a token; its answer
 * is kept until the server refuses it with 401, then the function is called once more and the request is repeated.
 * Requests that run at the same time share one call.
 */
export type Token = string | (() => string | Promise<string>);

/** What every call of a client has in common. */
export interface ClientOptions {
  /** Where the API lives, with or without a path and a trailing slash. */
  baseUrl: string | URL;
  /** Sent as `Authorization: Bearer …` with the operations that need it. */
  token?: Token | undefined;
  /** Headers of every request. */
  headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Milliseconds that one attempt may take, its answer included; 0 is no limit. Default 30000. Operations with binary
   * bodies have no limit unless the call sets one.
   */
  timeoutMs?: number | undefined;
  /** How often a failed attempt is repeated where that is safe. Default 2. */
  retries?: number | undefined;
  /** What sends the requests. Default: the platform's `fetch`. */
  fetch?: typeof fetch | undefined;
}

/** What one call does differently. */
export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Headers of this request, over those of the client. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds that one attempt may take, its answer included; 0 is no limit. */
  timeoutMs?: number | undefined;
  /** How often a failed attempt is repeated where that is safe. */
  retries?: number | undefined;
}
