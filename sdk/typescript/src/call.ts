/** The headers of an answer; `get` offers the names that the contract declares. */
export type ReplyHeaders<Names extends string = never> = Headers & { get(name: Names): string | null };

/** A declared answer. Where an operation has several, `status` tells which one it is. */
export interface Reply<Status extends number = number, Body = unknown, Names extends string = never> {
  readonly status: Status;
  readonly headers: ReplyHeaders<Names>;
  readonly body: Body;
}

/** A call under way: awaiting it gives the body, awaiting its `reply()` gives status, headers and body. */
export class Call<R extends Reply> extends Promise<R['body']> {
  readonly #reply: Promise<R>;

  constructor(reply: Promise<R>) {
    super((resolve) => resolve(undefined));
    this.#reply = reply;
  }

  /** What `then` and its kin return is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // Waiting starts here and not in the constructor: a failure is unhandled only if nobody waits for body or reply.
  override then<T = R['body'], U = never>(
    fulfilled?: ((body: R['body']) => T | PromiseLike<T>) | null,
    rejected?: ((reason: unknown) => U | PromiseLike<U>) | null,
  ): Promise<T | U> {
    return this.#reply.then((reply) => reply.body).then(fulfilled, rejected);
  }

  /** Status, headers and body of the answer. */
  reply(): Promise<R> {
    return this.#reply;
  }
}
