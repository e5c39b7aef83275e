import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test, type TestContext } from 'node:test';

import { sha256 } from '../../src/upload/index.js';

const MIB = 1024 * 1024;
const content = Uint8Array.from({ length: 2 * MIB + 3 }, (_, index) => index * 7);
const expected = createHash('sha256').update(content).digest('hex');

/** Takes away the hash of Node.js, as browsers have none. */
function likeABrowser(t: TestContext): void {
  t.mock.method(process, 'getBuiltinModule', () => undefined);
}

test('the native hash and the one of browsers give the same', async (t) => {
  assert.equal(await sha256(new Blob([content])), expected);
  likeABrowser(t);
  assert.equal(await sha256(new Blob([content])), expected);
});

test('a blob is read in pieces, and each is told', async () => {
  const told: number[] = [];
  await sha256(new Blob([content]), { onProgress: (bytes) => void told.push(bytes) });
  assert.deepEqual(told, [MIB, 2 * MIB, content.length]);
});

test('hashing ends with its signal', async () => {
  const controller = new AbortController();
  const onProgress = (): void => controller.abort(new Error('enough'));
  await assert.rejects(sha256(new Blob([content]), { signal: controller.signal, onProgress }), /enough/);
});

test('a file that was gone before its size was known is told', async () => {
  // Browsers give such a file no size, and no error for any part of it.
  const gone = new Blob([]);
  gone.arrayBuffer = () => Promise.reject(new DOMException('the file is gone', 'NotFoundError'));
  await assert.rejects(sha256(gone), { name: 'NotFoundError' });
});
