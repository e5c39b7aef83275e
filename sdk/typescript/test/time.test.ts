import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client } from '../src/index.js';
import { json, problem, serve } from './server.js';

const sessionId = '5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f';
const reason = new Error('the user left');

test('a signal that says stop before the call keeps it from being sent', async (t) => {
  const server = await serve(t, (response) => json(response, 200, {}));
  const call = new Client({ baseUrl: server.url }).getSession({ sessionId }, { signal: AbortSignal.abort(reason) });
  await assert.rejects(call, (error) => error === reason);
  assert.equal(server.seen.length, 0);
});

test('an abort while the server thinks throws the reason of the caller', async (t) => {
  const controller = new AbortController();
  const server = await serve(t, () => controller.abort(reason));
  const call = new Client({ baseUrl: server.url }).getSession({ sessionId }, { signal: controller.signal });
  await assert.rejects(call, (error) => error === reason);
  assert.equal(server.seen.length, 1);
});

test('an abort while the answer arrives throws the reason of the caller', async (t) => {
  const controller = new AbortController();
  const server = await serve(t, (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
    response.write('{', () => controller.abort(reason));
  });
  const call = new Client({ baseUrl: server.url }).getSession({ sessionId }, { signal: controller.signal });
  await assert.rejects(call, (error) => error === reason);
});

test('an abort in the pause between attempts ends it at once', async (t) => {
  const controller = new AbortController();
  const server = await serve(t, (response) => {
    response.on('close', () => setImmediate(() => controller.abort(reason)));
    json(response, 503, problem('UNAVAILABLE'), { 'retry-after': '60' });
  });
  const call = new Client({ baseUrl: server.url }).getSession({ sessionId }, { signal: controller.signal });
  await assert.rejects(call, (error) => error === reason);
  assert.equal(server.seen.length, 1);
});

test('an abort while the token is obtained throws the reason of the caller', async () => {
  const controller = new AbortController();
  const token = (): Promise<string> => {
    controller.abort(reason);
    return new Promise(() => {});
  };
  const client = new Client({ baseUrl: 'http://nowhere.invalid', token });
  await assert.rejects(client.getSession({ sessionId }, { signal: controller.signal }), (error) => error === reason);
});

test('a reason that is undefined or no error is thrown as it is', async (t) => {
  const server = await serve(t, (response) => json(response, 200, {}));
  const signal = AbortSignal.abort('just a word');
  const call = new Client({ baseUrl: server.url }).getSession({ sessionId }, { signal });
  await assert.rejects(call, (error) => error === 'just a word');
});

test('an attempt that takes too long ends with a TimeoutError', async (t) => {
  const server = await serve(t, () => {});
  const client = new Client({ baseUrl: server.url, timeoutMs: 20, retries: 0 });
  await assert.rejects(client.getSession({ sessionId }), { name: 'TimeoutError' });
  assert.equal(server.seen.length, 1);
});

test('a safe request that took too long is repeated', async (t) => {
  const server = await serve(t, (response, _, count) => count > 1 && json(response, 200, {}));
  await new Client({ baseUrl: server.url }).getSession({ sessionId }, { timeoutMs: 200 });
  assert.equal(server.seen.length, 2);
});

test('a binary body has no time limit unless the call sets one', async (t) => {
  const server = await serve(t, (response, _, count) => count === 1 && setTimeout(() => json(response, 200, {}), 60));
  const client = new Client({ baseUrl: server.url, timeoutMs: 5, retries: 0 });
  const part = { sessionId, fileId: sessionId, partNumber: 1, body: new Blob(['x']) };
  await client.uploadPart(part);
  await assert.rejects(client.uploadPart(part, { timeoutMs: 5 }), { name: 'TimeoutError' });
});

test('a long-lived signal keeps no listener of a finished call', async (t) => {
  const server = await serve(t, (response) => json(response, 200, {}));
  const { signal } = new AbortController();
  const listeners = new Set<unknown>();
  t.mock.method(signal, 'addEventListener', (_: string, listener: unknown) => listeners.add(listener));
  t.mock.method(signal, 'removeEventListener', (_: string, listener: unknown) => listeners.delete(listener));
  await new Client({ baseUrl: server.url }).getSession({ sessionId }, { signal });
  assert.equal(listeners.size, 0);
});
