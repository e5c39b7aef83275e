import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';

import { MB } from '../support/files.js';
import { PackedProject } from '../support/packed.js';
import type { Site } from '../support/site.js';
import { Visitor } from '../support/visitor.js';
import type { World } from '../support/world.js';

const SCRIPT = `
import { sha256 } from 'upload-sessions-sdk/upload';

document.querySelector('input').addEventListener('change', async ({ target }) => {
  document.querySelector('main').append(await sha256(target.files[0]));
});`;

/** The packed client in a project of somebody who installs it. */
export async function packed(t: TestContext, world: World): Promise<void> {
  const project = new PackedProject(SCRIPT);
  t.after(() => project.remove());
  const path = world.files.write('packed.bin', 20 * MB);
  const hash = createHash('sha256').update(readFileSync(path)).digest('hex');

  const hashesInWorker = async (t: TestContext, site: Site): Promise<void> => {
    t.after(() => site.close());
    const visitor = await Visitor.open(world.browser, site.url);
    const workers: string[] = [];
    visitor.page.on('worker', (worker) => workers.push(worker.url()));
    await visitor.choose(path);
    await visitor.sees(hash);
    assert.equal(workers.length, 1, 'no more and no fewer workers than files');
    await visitor.leaves();
  };

  await t.test('a page of vite dev hashes in a worker', async (t) => hashesInWorker(t, await project.developed()));
  await t.test('a page of vite build hashes in a worker', async (t) => hashesInWorker(t, await project.built()));
}
