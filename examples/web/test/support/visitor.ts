import assert from 'node:assert/strict';

import axe from 'axe-core';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';

/** Somebody in front of the page, who notices what the browser complains of. */
export class Visitor {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #complaints: string[];

  private constructor(context: BrowserContext, page: Page, complaints: string[]) {
    this.#context = context;
    this.page = page;
    this.#complaints = complaints;
  }

  static async open(browser: Browser, url: string, token?: string): Promise<Visitor> {
    const context = await browser.newContext({ reducedMotion: 'reduce', viewport: { width: 1000, height: 900 } });
    // Only what hangs is ended by this; a busy machine is no failure.
    context.setDefaultTimeout(120_000);
    await context.addInitScript(listen);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        complaints.push(message.text());
      }
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(url);
    const visitor = new Visitor(context, page, complaints);
    if (token !== undefined) {
      await visitor.signsIn(token);
    }
    return visitor;
  }

  async signsIn(token: string): Promise<void> {
    await this.page.getByLabel('Token').fill(token);
    await this.button('Sign in').click();
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  /** Waits for a text that is visible. */
  async sees(text: string | RegExp): Promise<void> {
    const shown = this.page.getByText(text).filter({ visible: true }).first();
    await shown.waitFor().catch(async () => {
      const page = await this.page.getByRole('main').innerText();
      assert.fail(`${text} is not on the page, but:\n${page}\n${this.#complaints.join('\n')}`);
    });
  }

  /** Waits for an announcement of the page to screen readers, or remembers it. */
  async hears(text: RegExp): Promise<void> {
    await this.page.waitForFunction((pattern) => heard.some((said) => pattern.test(said)), text);
  }

  async choose(...paths: string[]): Promise<void> {
    await this.page.getByLabel('Choose files').setInputFiles(paths);
  }

  /** The state of the page is accessible in both colour schemes, on a desktop and on a phone. */
  async findsNoBarrier(): Promise<void> {
    const desktop = this.page.viewportSize();
    await this.#findsNoBarrier();
    await this.page.setViewportSize({ width: 390, height: 844 });
    await this.#findsNoBarrier();
    await this.page.setViewportSize(desktop ?? { width: 1000, height: 900 });
  }

  async #findsNoBarrier(): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await this.page.emulateMedia({ colorScheme });
      await this.page.evaluate(axe.source);
      const found = await this.page.evaluate(async () => {
        const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run();
        return violations.flatMap(({ id, nodes }) =>
          nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
        );
      });
      assert.deepEqual(found, [], `axe-core in ${colorScheme} colours`);
    }
  }

  /** Leaves the page; besides what is expected, the browser has complained of nothing. */
  async leaves(...expected: RegExp[]): Promise<void> {
    await this.#context.close();
    const unexpected = this.#complaints.filter((complaint) => !expected.some((pattern) => pattern.test(complaint)));
    assert.deepEqual(unexpected, [], 'the console of the browser');
  }
}

declare global {
  /** All announcements of the page, which may follow one another faster than a test can look. */
  var heard: string[];
}

/** Runs in the page before anything else does. */
function listen(): void {
  globalThis.heard = [];
  new MutationObserver(() => {
    const said = document.querySelector('[data-testid=announcer]')?.textContent ?? '';
    if (said !== heard.at(-1)) {
      heard.push(said);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

/** What Chromium itself says of an answer that is an error, whatever a page does with it. */
export function answered(status: number): RegExp {
  return new RegExp(`^Failed to load resource: the server responded with a status of ${status} `);
}
