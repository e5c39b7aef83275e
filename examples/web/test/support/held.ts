import type { Page, Route } from 'playwright-core';

/** Requests that the browser has made and that are not sent before they are released. */
export class Held {
  /** How many such requests the browser has made. */
  seen = 0;
  readonly #waiting: Route[] = [];
  #toPass: number;
  #notice: () => void = () => {};
  /** Resolves when the first request is held. */
  readonly arrived: Promise<void> = new Promise((resolve) => (this.#notice = resolve));

  private constructor(pass: number) {
    this.#toPass = pass;
  }

  /** Holds the requests of a method to an address, after letting a number of them pass. */
  static async requests(page: Page, method: string, address: RegExp, pass = 0): Promise<Held> {
    const held = new Held(pass);
    await page.route(address, (route) => held.#take(route, method));
    return held;
  }

  /** Sends what is held, and holds nothing any more. */
  async release(): Promise<void> {
    this.#toPass = Infinity;
    // A request that the page has ended meanwhile cannot be sent any more.
    await Promise.all(this.#waiting.splice(0).map((route) => route.continue().catch(() => {})));
  }

  async #take(route: Route, method: string): Promise<void> {
    if (route.request().method() !== method) {
      return route.continue();
    }
    this.seen++;
    if (this.#toPass-- > 0) {
      return route.continue();
    }
    this.#waiting.push(route);
    this.#notice();
  }
}

export const PARTS = /\/parts\/\d+$/;
export const CREATIONS = /\/sessions$/;
export const ABORTS = /\/sessions\/[^/]+\?reason=/;
export const REGISTRATIONS = /\/files$/;
export const COMPLETIONS = /\/complete$/;
