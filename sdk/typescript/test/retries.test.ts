import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client, isGetSessionError, ResponseError } from '../src/index.js';
import { json, problem, serve, type Handler } from './server.js';

const sessionId = '5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f';
const part = { sessionId, fileId: sessionId, partNumber: 1 };
const create = { body: { files: [{ key: 'a', size: 1 }] } };

/** Is not available at first; the pause it asks for is none. */
const flaky =
  (status: number, failures = 1, success = 200): Handler =>
  (response, _, count) =>
    count <= failures ? json(response, status, problem('UNAVAILABLE'), { 'retry-after': '0' }) : json(response, success, {});

test('safe requests are repeated after answers that pass', async (t) => {
  for (const status of [408, 429, 502, 503, 504]) {
    const server = await serve(t, flaky(status, 2));
    await new Client({ baseUrl: server.url }).getSession({ sessionId });
    assert.equal(server.seen.length, 3);
  }
});

test('answers that stay are not repeated', async (t) => {
  for (const status of [400, 404, 409, 410, 500]) {
    const server = await serve(t, flaky(status));
    await assert.rejects(new Client({ baseUrl: server.url }).getSession({ sessionId }), { status });
    assert.equal(server.seen.length, 1);
  }
});

test('a POST is repeated only with an Idempotency-Key, and always with the same', async (t) => {
  const without = await serve(t, flaky(503, 1, 201));
  await assert.rejects(new Client({ baseUrl: without.url }).createSession(create), { status: 503 });
  assert.equal(without.seen.length, 1);

  const keyed = await serve(t, flaky(503, 1, 201));
  await new Client({ baseUrl: keyed.url }).createSession({ ...create, idempotencyKey: 'once' });
  assert.deepEqual(keyed.seen.map(({ headers }) => headers['idempotency-key']), ['once', 'once']);
  assert.deepEqual(keyed.seen[0]?.body, keyed.seen[1]?.body);
});

test('bytes are sent again whole, a stream is not sent again', async (t) => {
  const server = await serve(t, flaky(503));
  const client = new Client({ baseUrl: server.url });
  await client.uploadPart({ ...part, body: new Uint8Array([1, 2, 3]) });
  assert.deepEqual(server.seen.map(({ body }) => [...body]), [[1, 2, 3], [1, 2, 3]]);

  const again = await serve(t, flaky(503));
  const stream = new Blob(['abc']).stream();
  await assert.rejects(new Client({ baseUrl: again.url }).uploadPart({ ...part, body: stream }), { status: 503 });
  assert.equal(again.seen.length, 1);
});

test('the number of retries is an option of the client and of the call', async (t) => {
  const server = await serve(t, flaky(503, 100));
  const client = new Client({ baseUrl: server.url, retries: 1 });
  await assert.rejects(client.getSession({ sessionId }), ResponseError);
  assert.equal(server.seen.length, 2);
  await assert.rejects(client.getSession({ sessionId }, { retries: 0 }), ResponseError);
  assert.equal(server.seen.length, 3);
});

test('a server that asks for more than a minute gets its refusal passed on', async (t) => {
  for (const after of ['61', new Date(Date.now() + 3_600_000).toUTCString()]) {
    const server = await serve(t, (response) => json(response, 503, problem('UNAVAILABLE'), { 'retry-after': after }));
    const error: unknown = await new Client({ baseUrl: server.url }).getSession({ sessionId }).catch((e: unknown) => e);
    assert.ok(isGetSessionError(error, 503));
    assert.equal(server.seen.length, 1);
  }
});

test('a date in the past, or none at all, in Retry-After means now', async (t) => {
  for (const after of [new Date(0).toUTCString(), 'soon']) {
    const server = await serve(t, (response, _, count) =>
      count === 1 ? json(response, 503, problem('UNAVAILABLE'), { 'retry-after': after }) : json(response, 200, {}),
    );
    await new Client({ baseUrl: server.url }).getSession({ sessionId });
    assert.equal(server.seen.length, 2);
  }
});

test('a connection that breaks is tried again', async (t) => {
  const server = await serve(t, (response, _, count) =>
    count === 1 ? void response.destroy() : json(response, 200, {}),
  );
  await new Client({ baseUrl: server.url }).getSession({ sessionId });
  assert.equal(server.seen.length, 2);
});
