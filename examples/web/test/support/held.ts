import type { Page, Route } from 'playwright-core';

/** A request that the browser has made and that is not sent before it is released. */
export interface Held {
  /** Resolves when the browser has made it. */
  readonly arrived: Promise<void>;
  release(): Promise<void>;
}

/** Holds the first request of a method to an address; all others pass. */
export async function hold(page: Page, method: string, address: RegExp): Promise<Held> {
  let note: (route: Route) => void;
  const first = new Promise<Route>((resolve) => (note = resolve));
  let caught = false;
  await page.route(address, (route) => {
    if (caught || route.request().method() !== method) {
      return route.continue();
    }
    caught = true;
    note(route);
    return undefined;
  });
  return {
    arrived: first.then(() => undefined),
    release: async () => {
      await (await first).continue();
    },
  };
}
