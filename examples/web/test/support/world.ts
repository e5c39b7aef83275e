import type { TestContext } from 'node:test';

import type { Browser } from 'playwright-core';

import { launch } from './chromium.js';
import { Files } from './files.js';
import { Server } from './server.js';
import { built, type Site } from './site.js';
import { Visitor } from './visitor.js';

/** The size of the largest file that the server of the tests takes. */
export const LARGEST = 100_000_000;

const SETTINGS = [
  // Less than the ten minutes from which on activity extends a session.
  ['--session-ttl-minutes', '5'],
  ['--max-file-size-bytes', String(LARGEST)],
  // A busy machine may be slow with the disk; that is not what is tested here.
  ['--database-timeout-ms', '30000'],
].flat();

const paths = { upload: '', analytics: 'analytics.html' };

/** What all tests share: a browser, a server whose sessions are soon extended, and the built pages in front of it. */
export interface World {
  readonly browser: Browser;
  readonly server: Server;
  readonly site: Site;
  readonly files: Files;
  /** Opens a page and signs in. */
  visit(page: keyof typeof paths, user: string, ...more: string[]): Promise<Visitor>;
}

export async function createWorld(test: Pick<TestContext, 'after'>, chromium: string): Promise<World> {
  const files = new Files();
  test.after(() => files.remove());
  const server = await Server.start(...SETTINGS);
  test.after(() => server.stop());
  const site = await built(server.url);
  test.after(() => site.close());
  const browser = await launch(chromium);
  test.after(() => browser.close());
  return {
    browser,
    server,
    site,
    files,
    visit: (page, user, ...more) => Visitor.open(browser, site.url + paths[page], server.token(user, ...more)),
  };
}
