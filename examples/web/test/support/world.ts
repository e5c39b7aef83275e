import type { TestContext } from 'node:test';

import type { Browser } from 'playwright-core';

import { launch } from './chromium.js';
import { Files } from './files.js';
import { Server } from './server.js';
import { built, type Site } from './site.js';
import { Visitor } from './visitor.js';

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
  // A busy machine may be slow with the disk; that is not what is tested here. Five minutes are less than the ten from which on activity extends a session.
  const server = await Server.start('--session-ttl-minutes', '5', '--database-timeout-ms', '30000');
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
