import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';

import { upload, type Upload } from '../../src/upload/index.js';
import { json, problem } from '../server.js';
import { file, mock, PART } from './mock.js';

const LONG = 'the content of a file of several parts';
const duplicates = [{ key: 'a', existingUrl: 'file:///first' }];

/** Refuses `a` unless the caller allows it. */
const refuse: NonNullable<Parameters<typeof mock>[1]>[string] = (response, _, { body }) => {
  const { files, allowDuplicates } = JSON.parse(String(body));
  const refused = !allowDuplicates && files.some(({ key }: { key: string }) => key === 'a');
  if (refused) {
    json(response, 409, { ...problem('DUPLICATE_FILE'), duplicates });
  }
  return refused;
};

/** A hash that counts how often it is asked for. */
function counted(): { hash: (blob: Blob) => Promise<string>; count: () => number } {
  let count = 0;
  return { hash: async () => String(++count).padStart(64, '0'), count: () => count };
}

test('a duplicate is a value, and skipping it uploads the other files', async (t) => {
  const { client, stored } = await mock(t, { createSession: refuse });
  const { hash, count } = counted();
  const outcome = await upload(client, [file('a', 'a'), file('b', 'b')], { hash });
  assert.equal(outcome.kind, 'duplicate');
  assert.deepEqual(outcome.duplicates, duplicates);
  assert.equal(stored.size, 0);

  const second = await outcome.skip();
  assert.equal(second.kind, 'completed');
  assert.deepEqual(second.files.map(({ key }) => key), ['b']);
  assert.deepEqual(second.skipped, duplicates);
  assert.equal(count(), 2);
});

test('skipping all there is needs no session', async (t) => {
  const { client, operations } = await mock(t, { createSession: refuse });
  const outcome = await upload(client, [file('a', 'a')]);
  assert.equal(outcome.kind, 'duplicate');
  assert.deepEqual(await outcome.skip(), { kind: 'completed', sessionId: undefined, files: [], skipped: duplicates });
  assert.deepEqual(operations, ['createSession']);
});

test('a duplicate can be uploaded anyway', async (t) => {
  const { client, seen } = await mock(t, { createSession: refuse });
  const { hash, count } = counted();
  const outcome = await upload(client, [file('a', 'a'), file('b', 'b')], { hash });
  assert.equal(outcome.kind, 'duplicate');
  const second = await outcome.uploadAnyway();
  assert.equal(second.kind, 'completed');
  assert.deepEqual(second.files.map(({ key }) => key), ['a', 'b']);
  assert.equal(count(), 2);
  assert.notEqual(seen[0]?.headers['idempotency-key'], seen[1]?.headers['idempotency-key']);
});

test('duplicates that are allowed are not asked about', async (t) => {
  const { client } = await mock(t, { createSession: refuse });
  const outcome = await upload(client, [file('a', 'a')], { allowDuplicates: true });
  assert.equal(outcome.kind, 'completed');
});

test('an expired session is an outcome, and a new one starts without hashing or asking again', async (t) => {
  const { client, operations } = await mock(t, {
    // What the first session has stored would be a duplicate.
    createSession: (response, count, seen) => count > 1 && refuse(response, count, seen),
    uploadPart: (response, count) => {
      if (count === 2) {
        json(response, 410, problem('SESSION_EXPIRED'));
      }
      return count === 2;
    },
  });
  const { hash, count } = counted();
  const outcome = await upload(client, [file('a', LONG)], { hash, concurrency: 1 });
  assert.equal(outcome.kind, 'expired');
  assert.equal(outcome.sessionId, 's1');
  assert.equal(operations.includes('abortSession'), false);
  assert.equal((await outcome.restart()).kind, 'completed');
  assert.equal(count(), 1);
});

test('cancel ends the requests and aborts the session', async (t) => {
  const { client, operations, seen } = await mock(t, {
    // The part is never answered: only the cancellation can end it.
    uploadPart: () => {
      run.cancel();
      return true;
    },
  });
  const run: Upload = upload(client, [file('a', LONG)]);
  assert.deepEqual(await run, { kind: 'cancelled', removed: true });
  assert.equal(operations.at(-1), 'abortSession');
  assert.match(seen.at(-1)?.url ?? '', /reason=cancelled%20by%20the%20user$/);
});

test('nothing more is told of an upload that is cancelled', async (t) => {
  const { client } = await mock(t, {
    registerFile: (response, count, { body }) => {
      const { key, size } = JSON.parse(body.toString()) as { key: string; size: number };
      const end = { sessionExtended: true, newExpiresAt: `2026-01-01T0${count}:00:00Z` };
      json(response, 201, { fileId: key, key, size, status: 'registered', partCount: 4, ...end });
      return true;
    },
    uploadPart: () => true,
  });
  let told: number | undefined;
  const onProgress = (): void => void (told !== undefined && told++);
  let registered = 0;
  // By then the parts of the second file wait for those of the first, which nobody answers.
  const onExtended = (): unknown => ++registered === 2 && setImmediate(() => (run.cancel(), (told = 0)));
  const run: Upload = upload(client, [file('a', LONG), file('b', LONG)], { onProgress, onExtended, concurrency: 2 });
  assert.equal((await run).kind, 'cancelled');
  assert.equal(told, 0);
});

test('a cancelled upload that has no session yet asks for none', async (t) => {
  const { client, operations } = await mock(t);
  const run = upload(client, [file('a', LONG)]);
  run.cancel();
  assert.deepEqual(await run, { kind: 'cancelled', removed: true });
  assert.deepEqual(operations, []);
});

test('a session that is opened while the upload is cancelled is aborted', async (t) => {
  const { client, operations } = await mock(t, { createSession: () => run.cancel() });
  const run: Upload = upload(client, [file('a', LONG)]);
  assert.deepEqual(await run, { kind: 'cancelled', removed: true });
  assert.deepEqual(operations, ['createSession', 'abortSession']);
});

test('an upload that is cancelled after its last step is completed', async (t) => {
  const stored = { fileId: 'f1', key: 'a', size: LONG.length, status: 'completed', parts: [], fileUrl: 'file:///f1' };
  const { client, operations } = await mock(t, {
    // The session is finalized, and the answer is lost.
    finalizeSession: () => {
      run.cancel();
      return true;
    },
    abortSession: (response) => {
      json(response, 409, problem('SESSION_NOT_ACTIVE'));
      return true;
    },
    getSession: (response) => {
      json(response, 200, { sessionId: 's1', status: 'completed', partSizeBytes: PART, files: [stored] });
      return true;
    },
  });
  const { hash } = counted();
  const run: Upload = upload(client, [file('a', LONG)], { hash });
  assert.deepEqual(await run, {
    kind: 'completed',
    sessionId: 's1',
    files: [{ key: 'a', fileId: 'f1', fileUrl: 'file:///f1', size: LONG.length, hash: '1'.padStart(64, '0') }],
    skipped: [],
  });
  assert.deepEqual(operations.slice(-2), ['abortSession', 'getSession']);
});

test('an upload that is cancelled without the server knowing says so', async (t) => {
  const fail = (response: ServerResponse): boolean => {
    run.cancel();
    json(response, 500, problem('INTERNAL'));
    return true;
  };
  const { client } = await mock(t, { uploadPart: fail, abortSession: fail });
  const run: Upload = upload(client, [file('a', LONG)]);
  assert.deepEqual(await run, { kind: 'cancelled', removed: false });
});

test('a hash that does not heed its signal does not hold up the end', async (t) => {
  const { client } = await mock(t);
  const run: Upload = upload(client, [file('a', LONG)], { hash: () => new Promise(() => run.cancel()) });
  assert.deepEqual(await run, { kind: 'cancelled', removed: true });
});

test('a signal rejects the upload with its reason and aborts the session', async (t) => {
  const controller = new AbortController();
  const { client, operations } = await mock(t, {
    uploadPart: () => {
      controller.abort(new Error('the page is left'));
      return true;
    },
  });
  await assert.rejects(upload(client, [file('a', LONG)], { signal: controller.signal }), /the page is left/);
  assert.equal(operations.at(-1), 'abortSession');
  await assert.rejects(upload(client, [file('a', LONG)], { signal: controller.signal }), /the page is left/);
  assert.equal(operations.at(-1), 'abortSession');
});

test('a paused upload starts no part until it is resumed', async (t) => {
  let reach = (): void => {};
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const { client, sending } = await mock(t, {
    uploadPart: (_, count) => {
      if (count === 1) {
        run.pause();
      }
    },
  });
  const run: Upload = upload(client, [file('a', LONG)], {
    concurrency: 1,
    onProgress: ({ phase, bytes }) => phase === 'uploading' && bytes > 0 && reach(),
  });
  await reached;
  // All that the end of the first part sets off has happened when timers and sockets have their turn.
  await new Promise((turn) => setImmediate(turn));
  assert.equal(run.paused, true);
  assert.equal(sending.all, 1);
  run.resume();
  assert.equal(run.paused, false);
  assert.equal((await run).kind, 'completed');
  assert.equal(sending.all, 4);
});

test('a paused upload can be cancelled', async (t) => {
  const { client, operations } = await mock(t, { uploadPart: () => run.pause() });
  const run: Upload = upload(client, [file('a', LONG)], {
    concurrency: 1,
    onProgress: ({ phase, bytes }) => phase === 'uploading' && bytes > 0 && run.cancel(),
  });
  assert.deepEqual(await run, { kind: 'cancelled', removed: true });
  assert.equal(operations.at(-1), 'abortSession');
});

test('an upload that is ended by what it tells of its progress leaves no session', async (t) => {
  const { client, operations } = await mock(t);
  const onProgress = ({ phase }: { phase: string }): void => {
    if (phase === 'uploading') {
      throw new Error('the page is gone');
    }
  };
  await assert.rejects(upload(client, [file('a', LONG)], { onProgress }), /the page is gone/);
  assert.equal(operations.at(-1), 'abortSession');
});

test('a cancelled upload tells of no more progress', async (t) => {
  const phases: string[] = [];
  const { client } = await mock(t, { createSession: () => run.cancel() });
  const run: Upload = upload(client, [file('a', LONG)], { onProgress: ({ phase }) => phases.push(phase) });
  await run;
  assert.equal(phases.includes('uploading'), false);
});

test('the end of a cancelled upload does not wait for as long as a busy server asks', async (t) => {
  t.mock.method(AbortSignal, 'timeout', (ms: number) => {
    assert.ok(ms <= 10_000);
    return AbortSignal.abort();
  });
  const { client } = await mock(t, { uploadPart: () => (run.cancel(), true) });
  const run: Upload = upload(client, [file('a', LONG)]);
  assert.deepEqual(await run, { kind: 'cancelled', removed: false });
});

test('where no session was made, nothing is to be removed', async (t) => {
  const { client } = await mock(t, { createSession: refuse });
  const outcome = await upload(client, [file('a', 'a')]);
  assert.equal(outcome.kind, 'duplicate');
  const again = outcome.uploadAnyway();
  again.cancel();
  assert.deepEqual(await again, { kind: 'cancelled', removed: true });
});

test('what a proxy says of a session is no outcome', async (t) => {
  const { client, operations } = await mock(t, {
    uploadPart: (response) => {
      response.writeHead(410, { 'content-type': 'text/html' }).end('<h1>Gone</h1>');
      return true;
    },
  });
  await assert.rejects(upload(client, [file('a', LONG)], { concurrency: 1 }), { status: 410 });
  assert.equal(operations.at(-1), 'abortSession');
});

test('an upload of nothing heeds its signal', async (t) => {
  const { client } = await mock(t);
  const signal = AbortSignal.abort(new Error('the page is left'));
  await assert.rejects(upload(client, [], { signal }), /the page is left/);
});

test('as many parts may be sent at the same time as there are', async (t) => {
  const { client } = await mock(t);
  const outcome = await upload(client, [file('a', LONG)], { concurrency: Number.MAX_SAFE_INTEGER });
  assert.equal(outcome.kind, 'completed');
});
