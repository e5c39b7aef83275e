import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import { PackedProject } from '../support/packed.js';
import { Server } from '../support/server.js';
import { built } from '../support/site.js';
import { answered, Visitor } from '../support/visitor.js';
import type { World } from '../support/world.js';

const SCRIPT = `
import { Client } from 'upload-sessions-sdk';
import { upload } from 'upload-sessions-sdk/upload';

const [baseUrl, token] = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const show = (text) => document.querySelector('main').append(text);
document.querySelector('input').addEventListener('change', ({ target }) => {
  upload(new Client({ baseUrl, token }), target.files).then(({ kind }) => show(kind), (error) => show(String(error)));
});`;

/** A server of its own that nobody has used yet. */
export async function elsewhere(t: TestContext, world: World): Promise<void> {
  const project = new PackedProject(SCRIPT);
  t.after(() => project.remove());
  const page = await project.built();
  t.after(() => page.close());
  const { origin } = new URL(page.url);
  const server = await Server.start('--cors-origins', origin, '--database-timeout-ms', '500');
  t.after(() => server.stop());

  await t.test('analytics without sessions say so', async (t) => {
    const site = await built(server.url);
    t.after(() => site.close());
    const visitor = await Visitor.open(world.browser, `${site.url}analytics.html`, server.token('boss', '--admin'));
    await visitor.sees('No sessions in this period');
    await visitor.sees('0 of 0 events');
    assert.equal(await visitor.page.locator('canvas').count(), 0);
    await visitor.findsNoBarrier();
    await visitor.page.getByRole('radio', { name: 'All' }).check();
    await visitor.sees('No sessions yet');
    await visitor.leaves();
  });

  await t.test('a page of another origin uploads, and outlasts a database that is away', async () => {
    const visitor = await Visitor.open(world.browser, `${page.url}#${JSON.stringify([server.url, server.token('ada')])}`);
    const locked = await server.connect();
    await locked.query('begin');
    await locked.query('lock table upload_sessions in access exclusive mode');
    const refused = visitor.page.waitForResponse((response) => response.status() === 503);
    await visitor.choose(world.files.write('from elsewhere.bin', 1000));
    assert.equal(await (await refused).headerValue('access-control-allow-origin'), origin);
    await locked.end();
    await visitor.sees('completed');
    await visitor.leaves(answered(503));
  });
}
