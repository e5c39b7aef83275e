import type { Token } from './options.js';

/** Keeps the token of a client, so that requests that run at the same time obtain it once. */
export class TokenHolder {
  readonly #source: Token | undefined;
  #held: Promise<string> | undefined;

  constructor(source: Token | undefined) {
    this.#source = source;
  }

  /** Whether another token can be had. */
  get refreshable(): boolean {
    return typeof this.#source === 'function';
  }

  /** The token that is held, or under way; none if the client has none. */
  current(): Promise<string> | undefined {
    const source = this.#source;
    if (typeof source === 'string') {
      return Promise.resolve(source);
    }
    if (source && !this.#held) {
      const held = (async () => source())();
      held.catch(() => this.drop(held));
      this.#held = held;
    }
    return this.#held;
  }

  /** Gives up a token, unless another one has taken its place. */
  drop(token: Promise<string> | undefined): void {
    if (this.#held === token) {
      this.#held = undefined;
    }
  }
}
