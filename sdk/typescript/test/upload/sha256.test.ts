import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test, type TestContext } from 'node:test';

import { sha256 } from '../../src/upload/index.js';
import { hashPieces, type Hasher } from '../../src/upload/pieces.js';

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

test('a file of two gigabytes is read in pieces of a mebibyte, two of them at a time', async () => {
  const SIZE = 2_000_000_000;
  let hashed = 0;
  const blob = {
    size: SIZE,
    slice: (start: number, end: number) => ({
      arrayBuffer: async () => {
        const length = Math.min(end, SIZE) - start;
        assert.ok(length <= MIB, `a piece of ${length} bytes`);
        assert.ok(start - hashed <= MIB, `${start - hashed} bytes are read and not hashed`);
        return new ArrayBuffer(Math.max(0, length));
      },
    }),
  };
  const hasher: Hasher = { update: ({ length }) => (hashed += length), digest: () => `${hashed}` };
  assert.equal(await hashPieces(hasher, blob as unknown as Blob, {}), `${SIZE}`);
});

test('a worker that is still being loaded is ended by the signal', async (t) => {
  likeABrowser(t);
  let ends = 0;
  class Silent {
    postMessage(): void {}
    terminate(): void {
      ends++;
    }
  }
  Object.assign(globalThis, { Worker: Silent });
  t.after(() => Reflect.deleteProperty(globalThis, 'Worker'));
  const controller = new AbortController();
  const hash = sha256(new Blob([new Uint8Array(5 * MIB)]), { signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(hash, /enough/);
  assert.equal(ends, 1);
});
