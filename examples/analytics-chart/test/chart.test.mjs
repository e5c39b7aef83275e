import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { draw } from '../chart.mjs';
import { missing, startServer } from './server.mjs';

const PERIOD = { from: '2026-01-01T00:00:00Z', to: '2026-01-03T00:00:00Z' };

const NOTHING = {
  successRate: null,
  p50UploadTimeMs: null,
  p95UploadTimeMs: null,
  sessionsCreated: 0,
  sessionsFailed: 0,
  sessionsOpen: 0,
};

/** What a reader of the picture sees: its texts. */
function texts(svg) {
  return [...svg.matchAll(/<(?:text|tspan)[^>]*>([^<]+)</g)].map(([, text]) => text.replaceAll(/\s+/g, ' '));
}

/** The values that a bar of a day is drawn for, as a screen reader says them. */
function bars(svg) {
  return [...svg.matchAll(/aria-label="[^"]*sessions: (\d+); fate: (\w+)/g)].map(
    ([, sessions, fate]) => `${sessions} ${fate}`,
  );
}

test('the chart of the example data shows its numbers', { skip: missing }, async (t) => {
  const server = await startServer();
  t.after(server.stop);
  const file = join(server.data, 'chart.svg');
  const said = execFileSync(process.execPath, ['main.mjs', file], {
    encoding: 'utf8',
    env: { ...process.env, ...server.environment },
  });
  assert.equal(said, `7 sessions in ${file}\n`);
  const svg = readFileSync(file, 'utf8');
  // The sessions may have been created on two days, and the server may or may not have noticed that one of them expired.
  const drawn = bars(svg).map((bar) => bar.split(' '));
  const count = (some) =>
    drawn.filter(([, fate]) => some.includes(fate)).reduce((sum, [sessions]) => sum + Number(sessions), 0);
  assert.deepEqual([count(['finalized']), count(['open', 'failed'])], [2, 5]);
  for (const expected of ['28.6 % of 7 sessions succeeded', 'Half took up to 2.0 min, 95 % up to 10.0 min']) {
    assert.ok(texts(svg).includes(expected), `${expected} in ${texts(svg).join('; ')}`);
  }
});

test('every number of an answer is in the chart', async () => {
  const svg = await draw(
    {
      metrics: {
        sessionsCreated: 1200,
        sessionsFinalized: 900,
        sessionsFailed: 200,
        sessionsOpen: 100,
        successRate: 0.75,
        averageUploadTimeMs: 2,
        p50UploadTimeMs: 1500,
        p95UploadTimeMs: 180000,
      },
      series: [{ date: '2026-01-01', sessionsCreated: 1200, sessionsFinalized: 900, sessionsFailed: 200 }],
      failurePoints: [{ reason: '<expired> & gone', step: 'file_registered', count: 200, share: 1 }],
    },
    PERIOD,
  );
  assert.deepEqual(bars(svg), ['900 finalized', '100 open', '200 failed']);
  for (const expected of [
    '75.0 % of 1,200 sessions succeeded',
    '1 Jan 2026 to 2 Jan 2026: 200 failed, 100 open',
    'Half took up to 1.5 s, 95 % up to 3.0 min',
    '&lt;expired&gt; &amp; gone, after file registered: 200 (100.0 %)',
  ]) {
    assert.ok(texts(svg).includes(expected), `${expected} in ${texts(svg).join('; ')}`);
  }
});

test('the name of a day stands below the middle of its bar', async () => {
  const series = [{ date: '2026-11-28', sessionsCreated: 3, sessionsFinalized: 2, sessionsFailed: 1 }];
  // A period that ends at midnight does not have the day that begins.
  for (const [from, to, days] of [
    ['2026-11-28T00:00:00Z', '2026-11-29T00:00:00Z', 1],
    ['2026-11-26T12:00:00Z', '2026-11-29T12:00:00Z', 4],
    ['2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z', 30],
  ]) {
    const svg = await draw({ metrics: NOTHING, series, failurePoints: [] }, { from, to });
    const [, left, width] = /aria-label="date[^>]* d="M([\d.]+),[\d.]+h([\d.]+)/.exec(svg).map(Number);
    const [, name] = /translate\(([\d.]+),[^>]*>28 Nov</.exec(svg).map(Number);
    assert.ok(Math.abs(left + width / 2 - name) < 1, `a bar from ${left}, as wide as ${width}, and its name at ${name}`);
    assert.ok(Math.abs(width - (0.8 * 640) / days) < 0.01, `${width} of ${days} days`);
  }
});

test('a period without sessions is told in words', async () => {
  const seen = texts(await draw({ metrics: NOTHING, series: [], failurePoints: [] }, PERIOD));
  assert.ok(seen.includes('No session was created'), seen.join('; '));
  assert.ok(seen.includes('No session failed'), seen.join('; '));
});

test('what the server refuses is told in a line', { skip: missing }, async (t) => {
  const server = await startServer();
  t.after(server.stop);
  const refused = (environment, ...words) => {
    const env = { ...process.env, ...server.environment, ...environment };
    const { status, stderr } = spawnSync(process.execPath, ['main.mjs', 'chart.svg', ...words], { encoding: 'utf8', env });
    assert.equal(status, 1, stderr);
    assert.match(stderr, /^error: .*\n$/);
    return stderr;
  };
  assert.match(refused({ UPLOAD_ADMIN_TOKEN: server.userToken }), /`admin` is needed: set UPLOAD_ADMIN_TOKEN to /);
  assert.match(refused({ UPLOAD_ADMIN_TOKEN: 'none' }), /not accepted.*: set UPLOAD_ADMIN_TOKEN to /);
  assert.match(refused({}, '2026-01-31'), /`from` must be a date and time .*such as 2026-/);
  assert.match(refused({}, '2026-01-31T00:00:00Z', '2026-02-28'), /`to` must be a date and time/);
  assert.match(refused({ UPLOAD_SERVER: 'http://127.0.0.1:1' }), /127\.0\.0\.1:1 does not answer/);
});

test('a missing token is explained', () => {
  const { status, stderr } = spawnSync(process.execPath, ['main.mjs', 'chart.svg'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  assert.equal(status, 2);
  assert.match(stderr, /UPLOAD_ADMIN_TOKEN/);
});
