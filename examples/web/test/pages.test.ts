// The built pages in a browser, in front of the real server.
import { test } from 'node:test';

import { uploads } from './scenarios/upload.js';
import { findChromium } from './support/chromium.js';
import { built } from './support/server.js';
import { createWorld } from './support/world.js';

const chromium = findChromium();

/** Why nothing can be tested here, if so. */
function missing(): string | false {
  if (!built) {
    return 'build the server first: cargo build --workspace';
  }
  return chromium === undefined && 'there is no Chromium or Chrome: install one, or name it in CHROME_PATH';
}

test('the pages in a browser', { skip: missing() }, async (t) => {
  const world = await createWorld(t, chromium ?? '');
  await uploads(t, world);
});
