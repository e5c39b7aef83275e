import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import { PART } from '../support/files.js';
import { Held, PARTS } from '../support/held.js';
import { answered, Visitor } from '../support/visitor.js';
import type { World } from '../support/world.js';

/** The main flow without a mouse. */
export async function keyboard(t: TestContext, world: World): Promise<void> {
  await t.test('files are uploaded, paused, resumed and skipped by keyboard alone', async () => {
    const visitor = await Visitor.open(world.browser, world.site.url);
    const { page } = visitor;
    const { keyboard } = page;
    // From the beginning: a browser that is told together with the key that it must not show the chooser may hear the key first.
    page.on('filechooser', () => undefined);

    await tabTo(visitor, 'Skip to the content');
    await tabTo(visitor, 'Token');
    await keyboard.insertText(world.server.token('keyboard'));
    await keyboard.press('Enter');

    const path = world.files.write('by keyboard.bin', 2 * PART);
    const choose = async (): Promise<void> => {
      await tabTo(visitor, 'Choose files');
      const chooser = page.waitForEvent('filechooser');
      await keyboard.press('Space');
      await (await chooser).setFiles(path);
      await visitor.hears(/^1 file added$/);
    };
    await choose();
    const held = await Held.requests(page, 'PUT', PARTS);
    await tabTo(visitor, /^Upload 1 file/);
    await keyboard.press('Enter');
    await visitor.hears(/^Uploading 1 file$/);
    await held.arrived;

    // The button that was pressed has gone; the next one is what is done with the upload.
    await keyboard.press('Tab');
    assert.equal(await focused(visitor), 'Pause');
    await keyboard.press('Space');
    assert.equal(await focused(visitor), 'Resume');
    await keyboard.press('Space');
    await held.release();
    await visitor.sees('1 file uploaded');
    await visitor.hears(/^1 file uploaded$/);
    await keyboard.press('Tab');
    assert.equal(await focused(visitor), 'Clear finished files');
    await keyboard.press('Enter');

    await choose();
    await tabTo(visitor, /^Upload 1 file/);
    await keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    assert.equal(await focused(visitor), 'Skip it');
    await keyboard.press('Enter');
    await visitor.sees('Nothing new to upload');
    await visitor.leaves(answered(409));
  });
}

/** Presses Tab until something has the focus; everything on the page is passed at most once. */
async function tabTo(visitor: Visitor, name: string | RegExp): Promise<void> {
  const passed: string[] = [];
  while (passed.length < 30) {
    await visitor.page.keyboard.press('Tab');
    const now = await focused(visitor);
    if (typeof name === 'string' ? now === name : name.test(now)) {
      return;
    }
    passed.push(now);
  }
  assert.fail(`Tab does not reach ${name}, but ${passed.join(', ')}`);
}

/** The name of what has the focus. */
async function focused(visitor: Visitor): Promise<string> {
  return visitor.page.evaluate(() => {
    const active = document.activeElement as HTMLElement | null;
    const label = (active as HTMLInputElement | null)?.labels?.[0];
    return (active?.getAttribute('aria-label') ?? label?.textContent ?? active?.textContent ?? '').trim();
  });
}
