import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { build } from 'vite';

import { PART } from '../support/files.js';
import { developed } from '../support/site.js';
import { answered, Visitor } from '../support/visitor.js';
import type { World } from '../support/world.js';

/** The pages as they are developed. */
export async function development(t: TestContext, world: World): Promise<void> {
  const tokens = { user: world.server.token('developer'), admin: world.server.token('boss', '--admin') };
  const site = await developed(world.server.url, tokens);
  t.after(() => site.close());

  await t.test('with tokens in the environment nobody signs in, and one switches between user and administrator', async () => {
    const visitor = await Visitor.open(world.browser, site.url);
    const worker = visitor.page.waitForEvent('worker');
    await visitor.choose(world.files.write('developed.bin', 2 * PART));
    await visitor.button('Upload 1 file').click();
    await visitor.sees('1 file uploaded');
    assert.match((await worker).url(), /sha256-worker/);
    await visitor.page.getByRole('link', { name: 'Analytics' }).click();
    await visitor.sees(/You use this page as developer/);
    await visitor.button('Switch to admin').click();
    await visitor.page.locator('canvas').first().waitFor();
    await visitor.page.getByRole('radio', { name: 'User' }).check();
    await visitor.sees('The analytics are for administrators');
    await visitor.leaves(answered(403));
  });

  await t.test('a build holds no token', async (t) => {
    const outDir = mkdtempSync(join(tmpdir(), 'upload-page-build-'));
    t.after(() => rmSync(outDir, { recursive: true }));
    await build({ logLevel: 'silent', build: { outDir, minify: false } });
    const texts = readdirSync(outDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    assert.ok(texts.some((text) => text.includes('upload-token')));
    assert.ok(texts.every((text) => !text.includes(tokens.user) && !text.includes(tokens.admin)));
  });
}
