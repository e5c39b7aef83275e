import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import { Client } from 'upload-sessions-sdk';

import { exampleHistory } from '../support/history.js';
import { answered, type Visitor } from '../support/visitor.js';
import type { World } from '../support/world.js';

/** The page of administrators. */
export async function analytics(t: TestContext, world: World): Promise<void> {
  await exampleHistory(world.server);

  await t.test('an administrator sees what the server has counted', async () => {
    const visitor = await world.visit('analytics', 'boss', '--admin');
    await visitor.page.getByRole('radio', { name: 'All' }).check();
    const admin = new Client({ baseUrl: world.server.url, token: world.server.token('boss', '--admin') });
    const { metrics, failurePoints, series, events } = await admin.getAnalytics({ limit: 20 });
    const count = (value: number): string => value.toLocaleString('en');
    await visitor.sees(`20 of ${count(events.total)} events`);
    assert.deepEqual(await visitor.page.locator('.counts dd').allTextContents(), [
      count(metrics.sessionsCreated),
      count(metrics.sessionsFinalized),
      count(metrics.sessionsFailed),
      count(metrics.sessionsOpen),
    ]);
    const rate = await visitor.page.locator('.success-rate').textContent();
    assert.equal(rate, `${Math.round(1000 * (metrics.successRate ?? 0)) / 10}%`);
    assert.equal((await rows(visitor, 'Points of failure')).length, failurePoints.length);
    const reasons = (await rows(visitor, 'Points of failure')).map(([reason]) => reason);
    assert.deepEqual(reasons, failurePoints.map(({ reason }) => reason));
    const days = await rows(visitor, 'Sessions by day');
    assert.deepEqual(days.map(([day]) => day), series.map(({ date }) => date));
    await visitor.findsNoBarrier();
    await visitor.leaves();
  });

  await t.test('charts are drawn, and tables say the same', async () => {
    const visitor = await world.visit('analytics', 'boss', '--admin');
    const charts = visitor.page.locator('canvas');
    await charts.first().waitFor();
    assert.equal(await charts.count(), 4);
    const drawn = await charts.evaluateAll((all) =>
      (all as HTMLCanvasElement[]).map((canvas) =>
        canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value !== 0),
      ),
    );
    assert.deepEqual(drawn, [true, true, true, true]);
    const summaries = visitor.page.getByText('Show as a table');
    for (const summary of await summaries.all()) {
      await summary.click();
    }
    await visitor.findsNoBarrier();
    await visitor.leaves();
  });

  await t.test('events are listed a page at a time, and by type', async () => {
    const visitor = await world.visit('analytics', 'boss', '--admin');
    await visitor.sees(/^20 of/);
    await visitor.button('Show more').click();
    await visitor.sees(/^40 of/);
    assert.equal((await rows(visitor, 'Events, newest first')).length, 40);
    await visitor.page.getByLabel('Show', { exact: true }).selectOption('Session failed');
    await visitor.sees(/^20 of/);
    const types = new Set((await rows(visitor, 'Events, newest first')).map(([, type]) => type));
    assert.deepEqual([...types], ['Session failed']);
    await visitor.leaves();
  });

  await t.test('another user is told that the page is not for them', async () => {
    const visitor = await world.visit('analytics', 'ada');
    await visitor.sees('The analytics are for administrators');
    await visitor.sees(/You use this page as ada/);
    await visitor.findsNoBarrier();
    await visitor.leaves(answered(403));
  });

  await t.test('nobody is asked for a token twice', async () => {
    const visitor = await world.visit('analytics', 'boss', '--admin');
    await visitor.page.getByRole('link', { name: 'Upload' }).click();
    await visitor.sees('Drop files here');
    await visitor.leaves();
  });
}

/** The cells of a table, row by row, whether it is unfolded or not. */
async function rows(visitor: Visitor, caption: string): Promise<string[][]> {
  return visitor.page.locator('table', { has: visitor.page.locator('caption', { hasText: caption }) }).locator('tbody tr').evaluateAll(
    (all) => all.map((row) => Array.from(row.children, (cell) => cell.textContent ?? '')),
  );
}
