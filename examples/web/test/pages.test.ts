// The pages in a browser, in front of the real server.
import { test } from 'node:test';

import { analytics } from './scenarios/analytics.js';
import { development } from './scenarios/development.js';
import { elsewhere } from './scenarios/elsewhere.js';
import { keyboard } from './scenarios/keyboard.js';
import { outcomes } from './scenarios/outcomes.js';
import { packed } from './scenarios/packed.js';
import { uploads } from './scenarios/uploads.js';
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
  await t.test('uploads', (t) => uploads(t, world));
  await t.test('outcomes', (t) => outcomes(t, world));
  await t.test('keyboard', (t) => keyboard(t, world));
  await t.test('analytics', (t) => analytics(t, world));
  await t.test('development', (t) => development(t, world));
  await t.test('packed', (t) => packed(t, world));
  await t.test('elsewhere', (t) => elsewhere(t, world));
});
