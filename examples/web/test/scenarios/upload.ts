import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import { MB } from '../support/files.js';
import { hold } from '../support/held.js';
import type { World } from '../support/world.js';

const PART = /\/parts\/\d+$/;

export async function uploads(t: TestContext, world: World): Promise<void> {
  await t.test('three files of 40 MB arrive, with progress of each and of all', async () => {
    const visitor = await world.visit('upload', 'ada');
    const names = ['castle-plans.pdf', 'garden.mov', 'invoices 2026.zip'];
    await visitor.choose(...names.map((name) => world.files.write(name, 40 * MB)));
    await visitor.findsNoBarrier();
    const held = await hold(visitor.page, 'PUT', PART);
    await visitor.button('Upload 3 files 120 MB').click();
    await held.arrived;
    await visitor.page.getByText('Uploading 13 %').first().waitFor();
    await visitor.findsNoBarrier();
    await held.release();
    await visitor.sees('3 files uploaded');
    await visitor.sees('120 MB have arrived');
    assert.equal(await visitor.page.getByText('Uploaded', { exact: true }).count(), 3);
    await visitor.findsNoBarrier();
    await visitor.leaves();
  });
}
