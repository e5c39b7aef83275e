// The layer and the service together. `real.ts` says which program is started.
import assert from 'node:assert/strict';
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { Client, isGetAnalyticsError } from '../../src/index.js';
import { analytics, upload } from '../../src/upload/index.js';
import { missing, service } from './real.js';

const MB = 1_000_000;
/** The owner of the example data. */
const EXAMPLE_USER = 'dev-user-00000000-0000-0000-0000-000000000001';
const EXPIRED_SESSION = 'eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee';

/** Bytes that differ from one another, and with the seed. */
function bytes(size: number, seed: number): Blob {
  const words = Uint32Array.from({ length: size / 4 }, (_, index) => Math.imul(index ^ seed, 2_654_435_761));
  return new Blob([words]);
}

test('the layer against the service', { skip: missing }, async (t) => {
  const server = await service(t, '--session-ttl-minutes', '5');
  const clientOf = (user: string, more: Partial<ConstructorParameters<typeof Client>[0]> = {}): Client =>
    new Client({ baseUrl: server.url, token: server.token(user), ...more });

  await t.test('files of several parts arrive whole, one of them from the disk', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'upload-files-'));
    t.after(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'disk'), new Uint8Array(await bytes(12 * MB, 1).arrayBuffer()));
    const files = [
      { key: 'disk', blob: await openAsBlob(join(folder, 'disk')) },
      { key: 'memory', blob: bytes(6 * MB, 2) },
      { key: 'tiny', blob: new Blob(['hello, tiny']) },
    ];
    const outcome = await upload(clientOf('whole'), files);
    assert.equal(outcome.kind, 'completed');
    assert.deepEqual(outcome.files.map(({ size }) => size), files.map(({ blob }) => blob.size));
    // The service has checked each file against the hash that the layer declared.
    const session = await clientOf('whole').getSession({ sessionId: outcome.sessionId ?? '' });
    assert.equal(session.status, 'completed');
    assert.deepEqual(session.files.map(({ status }) => status), ['completed', 'completed', 'completed']);
  });

  await t.test('a session that is about to expire is extended while it is used', async () => {
    const ends: Array<string | undefined> = [];
    await upload(clientOf('extended'), [{ key: 'a', blob: bytes(6 * MB, 3) }], {
      onExtended: (time) => ends.push(time),
      onProgress: ({ expiresAt }) => ends.push(expiresAt),
    });
    const times = ends.flatMap((time) => time ?? []).map((time) => Date.parse(time));
    assert.ok(Math.max(...times) - Math.min(...times) > 20 * 60_000);
  });

  await t.test('a duplicate is found, skipped, and uploaded anyway', async () => {
    const client = clientOf('duplicate');
    const first = await upload(client, [{ key: 'first', blob: bytes(MB, 4) }]);
    assert.equal(first.kind, 'completed');
    const again = await upload(client, [{ key: 'again', blob: bytes(MB, 4) }, { key: 'new', blob: bytes(MB, 5) }]);
    assert.equal(again.kind, 'duplicate');
    assert.deepEqual(again.duplicates, [{ key: 'again', existingUrl: first.files[0]?.fileUrl }]);
    const both = await again.uploadAnyway();
    assert.equal(both.kind, 'completed');
    assert.equal(both.files.length, 2);
    const third = await upload(client, [{ key: 'again', blob: bytes(MB, 4) }, { key: 'newer', blob: bytes(MB, 6) }]);
    assert.equal(third.kind, 'duplicate');
    const one = await third.skip();
    assert.equal(one.kind, 'completed');
    assert.deepEqual(one.files.map(({ key }) => key), ['newer']);
  });

  await t.test('cancel removes the session', async () => {
    let sessionId = '';
    const client = clientOf('cancel', {
      fetch: async (input, init) => {
        sessionId = /sessions\/([\w-]+)/.exec(String(input))?.[1] ?? '';
        return fetch(input, init);
      },
    });
    const run = upload(client, [{ key: 'a', blob: bytes(30 * MB, 7) }], {
      concurrency: 1,
      onProgress: ({ phase, bytes }) => phase === 'uploading' && bytes > 0 && run.cancel(),
    });
    assert.deepEqual(await run, { kind: 'cancelled', removed: true });
    const session = await client.getSession({ sessionId });
    assert.equal(session.status, 'failed');
    assert.equal(session.failureReason, 'cancelled by the user');
  });

  await t.test('an upload outlives a crash of the service', async () => {
    let restarted: Promise<void> | undefined;
    const outcome = await upload(clientOf('crash'), [{ key: 'a', blob: bytes(40 * MB, 8) }], {
      onProgress: ({ phase, bytes }) => {
        if (phase === 'uploading' && bytes > 0) {
          restarted ??= server.kill().then(() => server.start());
        }
      },
    });
    await restarted;
    assert.ok(restarted);
    assert.equal(outcome.kind, 'completed');
  });

  await t.test('the analytics are for administrators, page by page to the last', async () => {
    server.seed();
    await assert.rejects(analytics(clientOf('whole')).next(), (error: unknown) => isGetAnalyticsError(error, 403));
    const admin = new Client({ baseUrl: server.url, token: server.token('admin', '--admin') });
    const ids: string[] = [];
    let pages = 0;
    // The example data has three events of that time, and nothing adds to them.
    const filter = { userId: EXAMPLE_USER, to: new Date(Date.now() - 10 * 60_000).toISOString() };
    for await (const page of analytics(admin, { ...filter, limit: 1 })) {
      pages++;
      ids.push(...page.events.items.map(({ eventId }) => eventId));
    }
    const whole = await admin.getAnalytics({ ...filter, limit: 500 });
    assert.equal(pages, 3);
    assert.deepEqual(ids, whole.events.items.map(({ eventId }) => eventId));
  });

  await t.test('a session that has expired is an outcome', async () => {
    // The service lets no session expire within a test, so the one of the example data takes the place of the opened one.
    let opened = '';
    const client = clientOf(EXAMPLE_USER, {
      fetch: async (input, init) => {
        const response = await fetch(String(input).replace(opened || 'none', EXPIRED_SESSION), init);
        opened ||= (await response.clone().json() as { sessionId: string }).sessionId;
        return response;
      },
    });
    const outcome = await upload(client, [{ key: 'a', blob: bytes(MB, 9) }]);
    assert.equal(outcome.kind, 'expired');
    assert.equal(outcome.sessionId, opened);
  });
});
