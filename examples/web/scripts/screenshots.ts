// Writes the main states of the pages to docs/screenshots, as the real pages show them in front of a real server.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import type { Page } from 'playwright-core';

import { findChromium } from '../test/support/chromium.js';
import { MB } from '../test/support/files.js';
import { Held, PARTS } from '../test/support/held.js';
import { exampleHistory } from '../test/support/history.js';
import { Visitor } from '../test/support/visitor.js';
import { createWorld, type World } from '../test/support/world.js';

const FOLDER = '../../docs/screenshots';
const DESKTOP = { width: 1000, height: 800 };
const PHONE = { width: 390, height: 844 };

type Look = {
  readonly scheme?: 'light' | 'dark';
  readonly size?: { width: number; height: number };
  readonly whole?: boolean;
};

async function take(page: Page, name: string, { scheme = 'light', size = DESKTOP, whole = false }: Look = {}): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme });
  await page.setViewportSize(size);
  await page.mouse.move(0, 0);
  await page.evaluate(() => {
    scrollTo(0, 0);
    return document.fonts.ready;
  });
  await page.screenshot({ path: join(FOLDER, `${name}.png`), animations: 'disabled', fullPage: whole });
  console.log(`${name}.png`);
}

async function upload(world: World): Promise<void> {
  const stranger = await Visitor.open(world.browser, world.site.url);
  await take(stranger.page, 'sign-in', { size: { width: 1000, height: 480 } });
  const visitor = await world.visit('upload', 'ada');
  await take(visitor.page, 'upload-empty', { size: { width: 1000, height: 480 } });
  await visitor.choose(
    world.files.write('Castle plans.pdf', 12 * MB),
    world.files.write('Garden in spring.mov', 90 * MB),
    world.files.write('Invoices 2026.zip', 40 * MB),
  );
  await visitor.sees('Upload 3 files');
  await take(visitor.page, 'upload-ready');
  const held = await Held.requests(visitor.page, 'PUT', PARTS, 12);
  await visitor.button('Upload 3 files').click();
  await visitor.sees('Uploaded');
  await held.arrived;
  await visitor.page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))));
  await take(visitor.page, 'upload-running');
  await take(visitor.page, 'upload-running-dark', { scheme: 'dark' });
  await take(visitor.page, 'upload-running-phone', { size: PHONE });
  await visitor.button('Pause').click();
  await take(visitor.page, 'upload-paused');
  await visitor.button('Resume').click();
  await held.release();
  await visitor.sees('3 files uploaded');
  await visitor.button('Copy address of Castle plans.pdf').click();
  await visitor.sees('Address copied');
  await take(visitor.page, 'upload-completed');
  await visitor.page.reload();
  await duplicates(world, visitor);
}

async function duplicates(world: World, visitor: Visitor): Promise<void> {
  await visitor.choose(
    world.files.write('Castle plans, copy.pdf', 12 * MB, 7919),
    world.files.write('Roof.dwg', 3 * MB),
    world.files.write('Moat.dwg', 5 * MB),
  );
  await visitor.button('Upload 3 files').click();
  await visitor.page.getByRole('dialog').waitFor();
  await take(visitor.page, 'upload-duplicate');
  await take(visitor.page, 'upload-duplicate-dark', { scheme: 'dark' });
  await take(visitor.page, 'upload-duplicate-phone', { size: PHONE });
}

async function trouble(world: World): Promise<void> {
  const visitor = await world.visit('upload', 'grace');
  await visitor.choose(world.files.write('Garden in summer.mov', 60 * MB));
  const held = await Held.requests(visitor.page, 'PUT', PARTS, 3);
  await visitor.button('Upload 1 file').click();
  await visitor.sees('26 %');
  await world.server.crash();
  await held.release();
  await visitor.sees('The server does not answer.');
  await take(visitor.page, 'upload-server-away');
  await world.server.restart();
  await world.server.sql("update upload_sessions set expires_at = now() where user_id = 'grace'");
  await visitor.sees('The upload session has expired');
  await take(visitor.page, 'upload-expired');
  const again = await Held.requests(visitor.page, 'PUT', PARTS, 3);
  await visitor.button('Start again').click();
  await again.arrived;
  await visitor.button('Cancel').click();
  await visitor.sees('Upload cancelled');
  await take(visitor.page, 'upload-cancelled');
}

async function analytics(world: World): Promise<void> {
  await exampleHistory(world.server);
  const visitor = await world.visit('analytics', 'boss', '--admin');
  await visitor.page.locator('canvas').first().waitFor();
  const size = { width: 1200, height: 900 };
  await take(visitor.page, 'analytics', { size, whole: true });
  await take(visitor.page, 'analytics-dark', { scheme: 'dark', size, whole: true });
  await visitor.page.emulateMedia({ colorScheme: 'light' });
  await visitor.page.setViewportSize(DESKTOP);
  const events = visitor.page.locator('section', { has: visitor.page.locator('#events') });
  await events.screenshot({ path: join(FOLDER, 'analytics-events.png') });
  await take(visitor.page, 'analytics-phone', { size: PHONE });
  const other = await world.visit('analytics', 'ada');
  await other.sees('The analytics are for administrators');
  await take(other.page, 'analytics-refused', { size: { width: 1000, height: 420 } });
}

const chromium = findChromium();
if (chromium === undefined) {
  throw new Error('there is no Chromium or Chrome: install one, or name it in CHROME_PATH');
}
const endings: Array<() => unknown> = [];
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
try {
  const world = await createWorld({ after: (ending) => void endings.push(ending as () => unknown) }, chromium);
  await upload(world);
  await trouble(world);
  await analytics(world);
} finally {
  for (const end of endings.reverse()) {
    await end();
  }
}
