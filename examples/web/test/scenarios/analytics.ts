import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import { Client } from 'upload-sessions-sdk';

import { exampleHistory } from '../support/history.js';
import { Held } from '../support/held.js';
import { answered, type Visitor } from '../support/visitor.js';
import type { World } from '../support/world.js';

/** Reasons of clients that are also the names of what every object has. */
const PECULIAR = ['constructor', 'toString', '__proto__'];

/** The page of administrators. */
export async function analytics(t: TestContext, world: World): Promise<void> {
  const client = new Client({ baseUrl: world.server.url, token: world.server.token('peculiar') });
  for (const reason of PECULIAR) {
    const { sessionId } = await client.createSession({ body: { files: [{ key: 'a', size: 1 }] } });
    await client.abortSession({ sessionId, reason });
  }
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
    assert.equal(rate, `${Math.round(1000 * (metrics.successRate ?? 0)) / 10} %`);
    assert.equal((await rows(visitor, 'Points of failure')).length, failurePoints.length);
    const reasons = (await rows(visitor, 'Points of failure')).map(([reason]) => reason);
    assert.ok(reasons.includes('Session expired') && reasons.includes('Cancelled by the user'), reasons.join());
    // What clients say is shown as words, whatever it means to a program.
    for (const reason of ['Constructor', 'ToString', '  proto  ']) {
      assert.ok(reasons.includes(reason), `${reason} in ${reasons.join()}`);
    }
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

  await t.test('no text of a chart is cut off on a small phone', async () => {
    const visitor = await world.visit('analytics', 'boss', '--admin');
    await visitor.page.locator('canvas').first().waitFor();
    await visitor.page.evaluate(watchTexts);
    await visitor.page.setViewportSize({ width: 320, height: 640 });
    await visitor.page.waitForFunction(() => drawnTexts.some(({ text }) => text === 'Cancelled by the user'));
    const cut = await visitor.page.evaluate(() =>
      drawnTexts.filter(({ left, right, width }) => left < 0 || right > width).map(({ text }) => text),
    );
    assert.deepEqual(cut, []);
    await visitor.leaves();
  });

  await t.test('events are listed a page at a time, and by type', async () => {
    const visitor = await world.visit('analytics', 'boss', '--admin');
    await visitor.sees(/^20 of/);
    // Whoever presses twice while the page is under way gets it once.
    await visitor.button('Show more').dblclick();
    await visitor.sees(/^40 of/);
    const listed = await rows(visitor, 'Events, newest first');
    const admin = new Client({ baseUrl: world.server.url, token: world.server.token('boss', '--admin') });
    const from = new Date(Date.now() - 30 * 86_400_000).toISOString();
    const { events } = await admin.getAnalytics({ from, limit: 40 });
    const users = events.items.map(({ metadata }) => metadata.userId);
    assert.deepEqual(listed.map(([, , user]) => user), users);
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
    await visitor.button('Sign in as somebody else').click();
    await visitor.signsIn(world.server.token('boss', '--admin'));
    await visitor.page.locator('canvas').first().waitFor();
    await visitor.leaves(answered(403));
  });

  await t.test('what an administrator has seen is not shown to the next user', async () => {
    const visitor = await world.visit('analytics', 'boss', '--admin');
    await visitor.page.locator('canvas').first().waitFor();
    await visitor.button('Sign out').click();
    const held = await Held.requests(visitor.page, 'GET', /analytics\?/);
    await visitor.signsIn(world.server.token('ada'));
    await held.arrived;
    await visitor.sees('Loading the analytics…');
    assert.equal(await visitor.page.locator('canvas').count(), 0);
    await held.release();
    await visitor.sees('The analytics are for administrators');
    await visitor.leaves(answered(403));
  });

  await t.test('a page of events that does not come leaves the others where they are', async () => {
    const visitor = await world.visit('analytics', 'boss', '--admin');
    await visitor.sees(/^20 of/);
    const chart = await visitor.page.locator('canvas').first().elementHandle();
    const pages = /cursor=/;
    const body = JSON.stringify({ code: 'INTERNAL', message: 'The server has a problem', requestId: 'r1' });
    await visitor.page.route(pages, (route) => route.fulfill({ status: 500, contentType: 'application/json', body }));
    await visitor.button('Show more').click();
    await visitor.sees('The server refused the request (500)');
    await visitor.findsNoBarrier();
    await visitor.page.unroute(pages);
    await visitor.button('Try again').click();
    await visitor.sees(/^40 of/);
    assert.ok(await chart?.evaluate((canvas) => canvas.isConnected));
    await visitor.leaves(answered(500));
  });

  await t.test('with the last page of events, the keyboard stays where it was', async () => {
    const visitor = await world.visit('analytics', 'boss', '--admin');
    await visitor.page.getByLabel('Show', { exact: true }).selectOption('Session failed');
    const admin = new Client({ baseUrl: world.server.url, token: world.server.token('boss', '--admin') });
    const from = new Date(Date.now() - 30 * 86_400_000).toISOString();
    const { total } = (await admin.getAnalytics({ from, eventType: 'session_failed', limit: 1 })).events;
    for (let listed = 20; listed < total; listed += 20) {
      await visitor.sees(`${listed} of ${total} events`);
      await visitor.button('Show more').focus();
      await visitor.page.keyboard.press('Enter');
    }
    await visitor.sees(`${total} of ${total} events`);
    const focused = await visitor.page.evaluate(() => document.activeElement?.getAttribute('aria-labelledby'));
    assert.equal(focused, 'events');
    await visitor.leaves();
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

declare global {
  /** The texts of the charts, with where they begin and end in a canvas of a width. */
  var drawnTexts: Array<{ text: string; left: number; right: number; width: number }>;
}

/** Runs in the page, and notes what is drawn from then on. */
function watchTexts(): void {
  globalThis.drawnTexts = [];
  const { fillText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...most) {
    const { a: scale, e: shift } = this.getTransform();
    const { actualBoundingBoxLeft, actualBoundingBoxRight } = this.measureText(text);
    const left = (x - actualBoundingBoxLeft) * scale + shift;
    const right = (x + actualBoundingBoxRight) * scale + shift;
    drawnTexts.push({ text, left, right, width: this.canvas.width });
    fillText.call(this, text, x, y, ...most);
  };
}
