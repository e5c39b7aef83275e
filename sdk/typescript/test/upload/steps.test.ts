import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';

import { ResponseError } from '../../src/index.js';
import { upload, type UploadProgress } from '../../src/upload/index.js';
import { json, problem } from '../server.js';
import { file, mock, PART } from './mock.js';
import { skipPauses } from './pauses.js';

const LONG = 'the content of a file of several parts';
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

test('files are hashed, sent in parts and put together, and the session is finalized', async (t) => {
  const { client, operations, seen, stored } = await mock(t);
  const outcome = await upload(client, [file('a', LONG), new File(['b'], 'b', { type: 'text/plain;charset=utf-8' })]);
  assert.equal(outcome.kind, 'completed');
  assert.deepEqual([stored.get('a')?.join(''), stored.get('b')?.join('')], [LONG, 'b']);
  assert.deepEqual(outcome.files, [
    { key: 'a', fileId: 'a', fileUrl: 'file:///a', size: LONG.length, hash: hashOf(LONG) },
    { key: 'b', fileId: 'b', fileUrl: 'file:///b', size: 1, hash: hashOf('b') },
  ]);
  assert.deepEqual(JSON.parse(String(seen[0]?.body)), {
    files: [
      { key: 'a', size: LONG.length, hash: hashOf(LONG) },
      { key: 'b', size: 1, hash: hashOf('b'), contentType: 'text/plain' },
    ],
    allowDuplicates: false,
  });
  const completion = seen.find(({ url }) => url.endsWith('files/a/complete'));
  const numbers = Array.from({ length: Math.ceil(LONG.length / PART) }, (_, index) => index + 1);
  assert.deepEqual(JSON.parse(String(completion?.body)), {
    parts: numbers.map((partNumber) => ({ partNumber, etag: `etag-${partNumber}` })),
  });
  assert.equal(operations.at(-1), 'finalizeSession');
});

test('no more parts are sent at a time than allowed', async (t) => {
  const { client, sending } = await mock(t);
  await upload(client, ['a', 'b', 'c'].map((key) => file(key, LONG)), { concurrency: 2 });
  assert.equal(sending.most, 2);
});

test('many requests at a time are no cause for a warning', async (t) => {
  const { client, sending } = await mock(t);
  const warnings: Error[] = [];
  const note = (warning: Error): number => warnings.push(warning);
  process.on('warning', note);
  t.after(() => process.off('warning', note));
  await upload(client, [file('a', 'x'.repeat(20 * PART))], { concurrency: 20 });
  assert.equal(sending.most, 20);
  assert.deepEqual(warnings, []);
});

test('every request is repeated after an answer that passes and after a broken connection', async (t) => {
  skipPauses(t);
  const flaky = (response: ServerResponse, count: number): boolean => {
    if (count === 1) {
      response.destroy();
    } else if (count === 2) {
      json(response, 503, problem('UNAVAILABLE'), { 'retry-after': '0' });
    }
    return count < 3;
  };
  const steps = ['createSession', 'registerFile', 'uploadPart', 'completeFile', 'finalizeSession'];
  const { client, operations, seen } = await mock(t, Object.fromEntries(steps.map((step) => [step, flaky])));
  const outcome = await upload(client, [file('a', 'short')]);
  assert.equal(outcome.kind, 'completed');
  assert.deepEqual(operations, steps.flatMap((step) => [step, step, step]));
  const keys = seen.slice(0, 6).map(({ headers }) => headers['idempotency-key']);
  assert.equal(new Set(keys.slice(0, 3)).size, 1);
  assert.equal(new Set(keys.slice(3)).size, 1);
  assert.notEqual(keys[0], keys[3]);
});

test('progress counts the bytes of each phase up to their total, and those under way', async (t) => {
  const { client } = await mock(t);
  const told: UploadProgress[] = [];
  await upload(client, [file('a', LONG), file('b', 'b')], { concurrency: 1, onProgress: (one) => told.push(one) });
  for (const phase of ['hashing', 'uploading'] as const) {
    const bytes = told.filter((one) => one.phase === phase).map((one) => one.bytes);
    assert.deepEqual(bytes, [...bytes].sort((a, b) => a - b));
    assert.equal(bytes.at(-1), LONG.length + 1);
  }
  assert.ok(told.every(({ totalBytes }) => totalBytes === LONG.length + 1));
  assert.ok(told.some(({ bytesInFlight, files }) => bytesInFlight === PART && files[0]?.bytesInFlight === PART));
  const end = [
    { key: 'a', bytes: LONG.length, bytesInFlight: 0, totalBytes: LONG.length, completed: true },
    { key: 'b', bytes: 1, bytesInFlight: 0, totalBytes: 1, completed: true },
  ];
  assert.deepEqual(told.at(-1)?.files, end);
});

test('an extended session is told once for each extension', async (t) => {
  const extended = { sessionExtended: true, newExpiresAt: '2026-01-01T01:00:00Z' };
  const { client } = await mock(t, {
    uploadPart: (response, count) => {
      json(response, 200, { partNumber: count, etag: `${count}`, sizeBytes: PART, ...(count < 3 && extended) });
      return true;
    },
  });
  const times: string[] = [];
  const seen = new Set<string | undefined>();
  await upload(client, [file('a', LONG)], {
    onExtended: (time) => times.push(time),
    onProgress: ({ expiresAt }) => seen.add(expiresAt),
  });
  assert.deepEqual(times, ['2026-01-01T01:00:00Z']);
  assert.deepEqual([...seen], [undefined, '2026-01-01T00:30:00Z', '2026-01-01T01:00:00Z']);
});

test('a refusal rejects, and the session is aborted', async (t) => {
  const { client, operations } = await mock(t, {
    completeFile: (response) => {
      json(response, 422, { ...problem('HASH_MISMATCH'), violations: [] });
      return true;
    },
  });
  await assert.rejects(upload(client, [file('a', LONG)]), (error: unknown) => {
    return error instanceof ResponseError && error.status === 422;
  });
  assert.deepEqual(operations.slice(-2), ['completeFile', 'abortSession']);
});

test('a file that cannot be read any more is told at once', async (t) => {
  const { client, operations } = await mock(t);
  class Gone extends Blob {
    override slice(): Blob {
      const gone = new Blob(['x']);
      gone.arrayBuffer = () => Promise.reject(new DOMException('the file has changed', 'NotReadableError'));
      gone.stream = () => {
        throw new DOMException('the file has changed', 'NotReadableError');
      };
      gone.slice = () => gone;
      return gone;
    }
  }
  const hash = async (): Promise<string> => hashOf('x');
  await assert.rejects(upload(client, [{ key: 'a', blob: new Gone(['x']) }], { hash }), { name: 'NotReadableError' });
  assert.equal(operations.at(-1), 'abortSession');
});

test('what an upload sends are slices; the whole of a file is never read', async (t) => {
  const SIZE = 2_000_000_000;
  const partSizeBytes = SIZE / 4;
  const slices: Array<[number, number]> = [];
  class Large extends Blob {
    override get size(): number {
      return SIZE;
    }
    override slice(start = 0, end = SIZE): Blob {
      slices.push([start, end]);
      return new Blob(['x']);
    }
    override arrayBuffer = (): never => assert.fail('the file is read as a whole');
    override stream = (): never => assert.fail('the file is read as a whole');
    override text = (): never => assert.fail('the file is read as a whole');
  }
  const { client } = await mock(t, {
    createSession: (response) => {
      json(response, 201, { sessionId: 's1', partSizeBytes, expiresAt: '2026-01-01T00:30:00Z' });
      return true;
    },
    registerFile: (response) => {
      json(response, 201, { fileId: 'a', key: 'a', size: SIZE, status: 'registered', partCount: 4 });
      return true;
    },
  });
  await upload(client, [{ key: 'a', blob: new Large() }], { hash: async () => hashOf('x') });
  assert.deepEqual(slices, [0, 1, 2, 3].map((part) => [part * partSizeBytes, (part + 1) * partSizeBytes]));
});

test('two files of one key are a mistake of the caller', async (t) => {
  const { client, operations } = await mock(t);
  assert.throws(() => upload(client, [file('a', '1'), file('a', '2')]), /files share the key 'a'/);
  assert.deepEqual(operations, []);
});
