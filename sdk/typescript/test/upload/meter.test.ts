import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import type { UploadProgress } from '../../src/upload/index.js';
import { Meter } from '../../src/upload/meter.js';

/** A meter of files of a thousand bytes, a clock for it, and what it has told. */
function metered(t: TestContext, files = 1): { meter: Meter; told: UploadProgress[]; at: (seconds: number) => void } {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const told: UploadProgress[] = [];
  const sources = Array.from({ length: files }, (_, index) => ({ key: `${index}`, blob: new Blob(['x'.repeat(1000)]) }));
  const meter = new Meter(sources, { onProgress: (progress) => told.push(progress) });
  return { meter, told, at: (seconds) => (now = 1000 * seconds) };
}

test('the rate is that of what is stored, and the time left follows from it', (t) => {
  const { meter, told, at } = metered(t);
  meter.upload('2026-01-01T00:30:00Z');
  assert.deepEqual([told.at(-1)?.bytesPerSecond, told.at(-1)?.secondsLeft], [undefined, undefined]);
  at(1);
  meter.count(0, 0, 300);
  assert.equal(told.at(-1)?.bytesPerSecond, undefined);
  at(2);
  meter.count(0, 300, 0);
  assert.deepEqual([told.at(-1)?.bytesPerSecond, told.at(-1)?.secondsLeft], [150, 700 / 150]);
  at(4);
  meter.count(0, 500, 0);
  assert.deepEqual([told.at(-1)?.bytesPerSecond, told.at(-1)?.secondsLeft], [200, 1]);
});

test('the rate follows a network that changes: what is ten seconds ago does not count', (t) => {
  const { meter, told, at } = metered(t);
  meter.upload('2026-01-01T00:30:00Z');
  at(1);
  meter.count(0, 500, 0);
  at(5);
  meter.count(0, 10, 0);
  at(16);
  meter.count(0, 110, 0);
  assert.equal(told.at(-1)?.bytesPerSecond, 10);
});

test('a pause is not part of the rate', (t) => {
  const { meter, told, at } = metered(t);
  meter.upload('2026-01-01T00:30:00Z');
  at(1);
  meter.count(0, 100, 0);
  at(8);
  meter.restart();
  at(9);
  meter.count(0, 300, 0);
  assert.equal(told.at(-1)?.bytesPerSecond, 300);
});

test('of a thousand files only the one that has changed is another object', (t) => {
  const { meter, told } = metered(t, 1000);
  meter.upload('2026-01-01T00:30:00Z');
  for (let index = 0; index < 1000; index++) {
    meter.count(index, 1000, 0);
    const [before, after] = told.slice(-2).map(({ files }) => files);
    const changed = after?.flatMap((file, place) => (file === before?.[place] ? [] : [place]));
    assert.deepEqual(changed, [index]);
  }
  assert.equal(told.at(-1)?.bytes, told.at(-1)?.totalBytes);
});
