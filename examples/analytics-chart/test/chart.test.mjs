import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { draw } from '../chart.mjs';
import { missing, startServer } from './server.mjs';

const PERIOD = { from: '2026-01-01T00:00:00Z', to: '2026-01-03T00:00:00Z' };

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
    '1 Jan 2026 to 3 Jan 2026: 200 failed, 100 open',
    'Half took up to 1.5 s, 95 % up to 3.0 min',
    '&lt;expired&gt; &amp; gone, after file registered: 200 (100.0 %)',
  ]) {
    assert.ok(texts(svg).includes(expected), `${expected} in ${texts(svg).join('; ')}`);
  }
});

test('a period without sessions is told in words', async () => {
  const none = {
    successRate: null,
    p50UploadTimeMs: null,
    p95UploadTimeMs: null,
    sessionsCreated: 0,
    sessionsFailed: 0,
    sessionsOpen: 0,
  };
  const seen = texts(await draw({ metrics: none, series: [], failurePoints: [] }, PERIOD));
  assert.ok(seen.includes('No session was created'), seen.join('; '));
  assert.ok(seen.includes('No session failed'), seen.join('; '));
});

test('a missing token is explained', () => {
  const { status, stderr } = spawnSync(process.execPath, ['main.mjs', 'chart.svg'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  assert.equal(status, 2);
  assert.match(stderr, /UPLOAD_ADMIN_TOKEN/);
});
