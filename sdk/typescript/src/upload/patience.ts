import { askedDelay, growingDelay, passes } from '../time.js';

/** With the jitter that is added, nobody waits longer than ten seconds for an upload to notice that the server is back. */
const LONGEST_PAUSE_MS = 8000;

/**
 * Decides how long failing requests are repeated. All requests of an upload share it, because whatever is answered shows
 * that the server is there.
 */
export class Patience {
  readonly #limitMs: number;
  /** What ends the pauses, also those that are over. */
  readonly #waiting: Array<() => void> = [];
  /** When the request that began to fail last did so, if nothing was answered since. */
  #failingSince: number | undefined;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Something was answered. */
  renew(): void {
    this.#failingSince = undefined;
  }

  /** Ends all waiting: there is reason to believe that the next attempt succeeds, or there will be none. */
  wake(): void {
    this.renew();
    this.#waiting.splice(0).forEach((end) => end());
  }

  /** Waits before the attempt is repeated, or throws the error again if repeating is of no use or has been for too long. */
  async wait(error: unknown, attempt: number): Promise<void> {
    const now = performance.now();
    // What fails for the first time was under way until now: others that failed meanwhile are no reason to give it up.
    this.#failingSince = (attempt && this.#failingSince) || now;
    const leftMs = this.#failingSince + this.#limitMs - now;
    if (!passes(error) || leftMs <= 0) {
      throw error;
    }
    // Those who failed together do not come back together.
    const jitter = 1 + Math.random() / 4;
    const pauseMs = jitter * Math.min(LONGEST_PAUSE_MS, Math.max(askedDelay(error) ?? 0, growingDelay(attempt)));
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((end) => {
      timer = setTimeout(end, Math.min(pauseMs, leftMs));
      this.#waiting.push(end);
    });
    clearTimeout(timer);
  }
}
