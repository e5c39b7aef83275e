import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client } from '../src/index.js';
import { json, problem, serve, type Handler } from './server.js';

const sessionId = '5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f';

/** Takes one token and refuses all others. */
const guarded =
  (accepted: string, status = 200): Handler =>
  (response, { headers }) =>
    headers.authorization === `Bearer ${accepted}`
      ? json(response, status, {})
      : json(response, 401, problem('UNAUTHORIZED'));

function numbered(): { token: () => Promise<string>; calls: () => number } {
  let calls = 0;
  return { token: async () => `token-${++calls}`, calls: () => calls };
}

test('a token is obtained once for calls that run at the same time and after', async (t) => {
  const server = await serve(t, guarded('token-1'));
  const { token, calls } = numbered();
  const client = new Client({ baseUrl: server.url, token });
  await Promise.all(Array.from({ length: 5 }, () => client.getSession({ sessionId })));
  await client.getSession({ sessionId });
  assert.equal(calls(), 1);
  assert.equal(server.seen.length, 6);
});

test('a refused token is replaced once for all calls, and they are repeated', async (t) => {
  const server = await serve(t, guarded('token-2'));
  const { token, calls } = numbered();
  const client = new Client({ baseUrl: server.url, token });
  await Promise.all(Array.from({ length: 5 }, () => client.getSession({ sessionId })));
  assert.equal(calls(), 2);
  assert.equal(server.seen.length, 10);
});

test('a POST without Idempotency-Key is repeated with a fresh token, since nothing had happened', async (t) => {
  const server = await serve(t, guarded('token-2', 201));
  const client = new Client({ baseUrl: server.url, token: numbered().token });
  await client.createSession({ body: { files: [{ key: 'a', size: 1 }] } });
  assert.equal(server.seen.length, 2);
  assert.deepEqual(server.seen[0]?.body, server.seen[1]?.body);
});

test('a second refusal is the answer', async (t) => {
  const server = await serve(t, guarded('never'));
  const { token, calls } = numbered();
  const client = new Client({ baseUrl: server.url, token });
  await assert.rejects(client.getSession({ sessionId }), { status: 401 });
  assert.equal(calls(), 2);
  assert.equal(server.seen.length, 2);
});

test('a fixed token is not tried twice', async (t) => {
  const server = await serve(t, guarded('never'));
  await assert.rejects(new Client({ baseUrl: server.url, token: 'fixed' }).getSession({ sessionId }), { status: 401 });
  assert.equal(server.seen.length, 1);
});

test('a stream is not sent twice, but the next call has a fresh token', async (t) => {
  const server = await serve(t, guarded('token-2'));
  const client = new Client({ baseUrl: server.url, token: numbered().token });
  const part = { sessionId, fileId: sessionId, partNumber: 1 };
  await assert.rejects(client.uploadPart({ ...part, body: new Blob(['x']).stream() }), { status: 401 });
  await client.uploadPart({ ...part, body: new Blob(['x']).stream() });
  assert.equal(server.seen.length, 2);
});

test('a token that cannot be obtained fails the call with its error, and the next call tries again', async (t) => {
  const server = await serve(t, guarded('good'));
  const failed = new Error('signed out');
  let calls = 0;
  const token = (): string => {
    if (++calls === 1) {
      throw failed;
    }
    return 'good';
  };
  const client = new Client({ baseUrl: server.url, token });
  await assert.rejects(client.getSession({ sessionId }), (error) => error === failed);
  await client.getSession({ sessionId });
  assert.equal(server.seen.length, 1);
});

test('a source that never answers does not block the calls that follow', async (t) => {
  const server = await serve(t, guarded('good'));
  let calls = 0;
  const token = (): string | Promise<string> => (++calls === 1 ? new Promise(() => {}) : 'good');
  const client = new Client({ baseUrl: server.url, token });
  await assert.rejects(client.getSession({ sessionId }, { timeoutMs: 20, retries: 0 }), { name: 'TimeoutError' });
  await client.getSession({ sessionId });
});
