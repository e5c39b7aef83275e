import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Reply } from '../src/call.js';
import { Client } from '../src/index.js';
import { Transport } from '../src/transport.js';
import { json, serve } from './server.js';

const sessionId = '5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f';

test('a call sends what the contract describes and gives the body of the answer', async (t) => {
  const answer = { sessionId, partSizeBytes: 5, expiresAt: '2026-01-25T21:30:00.123456Z' };
  const server = await serve(t, (response) => json(response, 201, answer));
  const client = new Client({ baseUrl: server.url, token: 'secret', headers: { 'x-app': 'test' } });

  const body = { files: [{ key: 'ü.pdf', size: 1 }] };
  assert.deepEqual(await client.createSession({ body, idempotencyKey: 'key-1' }), answer);

  const [request] = server.seen;
  assert.equal(request?.method, 'POST');
  assert.equal(request.url, '/api/mocs/uploads/sessions');
  assert.deepEqual(JSON.parse(request.body.toString()), body);
  assert.equal(request.headers['content-type'], 'application/json');
  assert.equal(request.headers.authorization, 'Bearer secret');
  assert.equal(request.headers['idempotency-key'], 'key-1');
  assert.equal(request.headers['x-app'], 'test');
});

test('reply() gives status and declared headers beside the body', async (t) => {
  const server = await serve(t, (response) => json(response, 201, { sessionId }, { location: '/there' }));
  const reply = await new Client({ baseUrl: server.url }).createSession({ body: { files: [] } }).reply();
  assert.equal(reply.status, 201);
  assert.equal(reply.headers.get('Location'), '/there');
  assert.equal(reply.body.sessionId, sessionId);
});

test('an answer without content is undefined', async (t) => {
  const server = await serve(t, (response) => response.writeHead(204).end());
  assert.equal(await new Client({ baseUrl: server.url }).abortSession({ sessionId }), undefined);
  assert.equal(server.seen[0]?.method, 'DELETE');
});

test('a base URL may have a path and a trailing slash', async (t) => {
  const server = await serve(t, (response) => json(response, 200, {}));
  for (const baseUrl of [`${server.url}/prefix/`, `${server.url}/prefix`, new URL(`${server.url}/prefix/`)]) {
    await new Client({ baseUrl }).getSession({ sessionId });
  }
  assert.deepEqual(server.seen.map(({ url }) => url), Array(3).fill(`/prefix/api/mocs/uploads/sessions/${sessionId}`));
});

test('query values are encoded, and those that are left out are not sent', async (t) => {
  const server = await serve(t, (response) => json(response, 200, {}));
  const client = new Client({ baseUrl: server.url });
  await client.getAnalytics({ from: '2026-01-01T00:00:00+01:00', userId: 'a b&c=d/ü', limit: 5, to: undefined });
  await client.getAnalytics();
  assert.deepEqual(
    server.seen.map(({ url }) => url),
    [
      '/api/mocs/uploads/sessions/analytics?from=2026-01-01T00%3A00%3A00%2B01%3A00&userId=a%20b%26c%3Dd%2F%C3%BC&limit=5',
      '/api/mocs/uploads/sessions/analytics',
    ],
  );
});

test('path values are encoded, and none can lead to another resource', async (t) => {
  const server = await serve(t, (response) => json(response, 200, {}));
  const client = new Client({ baseUrl: server.url });
  await client.getSession({ sessionId: 'a/b?c#d%' });
  assert.equal(server.seen[0]?.url, '/api/mocs/uploads/sessions/a%2Fb%3Fc%23d%25');
  for (const value of ['', '.', '..']) {
    await assert.rejects(client.getSession({ sessionId: value }), { name: 'TypeError', message: /sessionId/ });
  }
  assert.equal(server.seen.length, 1);
});

test('arrays repeat in a query and are joined in a header, and several successes are told apart', async (t) => {
  const server = await serve(t, (response, { url }) =>
    url.includes('now') ? json(response, 200, { done: true }) : response.writeHead(202).end(),
  );
  type Either = Reply<200, { done: boolean }> | Reply<202, undefined>;
  const transport = new Transport({ baseUrl: server.url });
  const request = { id: 'either', method: 'GET', path: '/{when}', answers: { 200: 'json', 202: 'none' } } as const;
  const values = { query: { 'a b': [1, 2], none: [] }, headers: { 'x-list': ['a', 'b'] } };
  const now = await transport.call<Either>({ ...request, ...values, segments: { when: 'now' } }).reply();
  assert.equal(now.status === 200 && now.body.done, true);
  assert.equal(server.seen[0]?.url, '/now?a%20b=1&a%20b=2');
  assert.equal(server.seen[0].headers['x-list'], 'a,b');
  const later = await transport.call<Either>({ ...request, segments: { when: 'later' } }).reply();
  assert.equal(later.status, 202);
});

test('a call is a promise in every respect', async (t) => {
  const server = await serve(t, (response, { url }) =>
    url.endsWith('bad') ? json(response, 404, {}) : json(response, 200, { files: [] }),
  );
  const client = new Client({ baseUrl: server.url });
  let settled = 0;
  const call = client.getSession({ sessionId: 'good' });
  assert.ok(call instanceof Promise);
  assert.deepEqual(await call.then((body) => body.files).finally(() => settled++), []);
  assert.equal(await client.getSession({ sessionId: 'bad' }).catch(() => 'caught'), 'caught');
  assert.deepEqual(await Promise.all([call, 1]), [{ files: [] }, 1]);
  assert.equal(settled, 1);
});

test('headers of the call win over those of the client', async (t) => {
  const server = await serve(t, (response) => json(response, 200, {}));
  const client = new Client({ baseUrl: server.url, headers: { 'x-one': 'client', 'x-two': 'client' } });
  await client.getSession({ sessionId }, { headers: { 'X-One': 'call' } });
  assert.equal(server.seen[0]?.headers['x-one'], 'call');
  assert.equal(server.seen[0].headers['x-two'], 'client');
});

test('a fetch of the caller is called as a plain function', async () => {
  let receiver: unknown = 'not called';
  const fetch = async function (this: unknown): Promise<Response> {
    receiver = this;
    return Response.json({ files: [] });
  };
  await new Client({ baseUrl: 'http://nowhere.invalid', fetch }).getSession({ sessionId });
  assert.equal(receiver, undefined);
});
