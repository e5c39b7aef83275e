import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Client, ConnectionError, isCreateSessionError, isGetSessionError, ResponseError } from '../src/index.js';
import { json, problem, serve } from './server.js';

const create = { body: { files: [{ key: 'a', size: 1 }] } };

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(() => assert.fail('it did not fail'), (error: unknown) => error);
}

test('an error narrows by its status, without a cast', async (t) => {
  const duplicates = [{ key: 'a', existingUrl: 's3://bucket/a' }];
  const server = await serve(t, (response) => json(response, 409, { ...problem('DUPLICATE_FILE'), duplicates }));
  const error = await failure(new Client({ baseUrl: server.url }).createSession(create));
  assert.ok(isCreateSessionError(error, 409));
  assert.equal(error.body.duplicates[0]?.existingUrl, 's3://bucket/a');
  assert.equal(error.operation, 'createSession');
  assert.equal(error.message, 'createSession: the server answered 409: this is DUPLICATE_FILE');
});

test('a guard refuses another status, another operation and other values', async (t) => {
  const server = await serve(t, (response) => json(response, 401, problem('UNAUTHORIZED')));
  const error = await failure(new Client({ baseUrl: server.url }).createSession(create));
  assert.equal(isCreateSessionError(error), true);
  assert.equal(isCreateSessionError(error, 409), false);
  assert.equal(isGetSessionError(error), false);
  assert.equal(isCreateSessionError(new Error('other')), false);
  assert.equal(isCreateSessionError(undefined), false);
});

test('a switch over the status of all declared errors is exhaustive', async (t) => {
  const server = await serve(t, (response) =>
    json(response, 422, { ...problem('VALIDATION_ERROR'), violations: [{ path: 'files', message: 'too few' }] }),
  );
  const error = await failure(new Client({ baseUrl: server.url }).createSession(create));
  assert.ok(isCreateSessionError(error));
  const explain = (): string => {
    switch (error.status) {
      case 409:
        return error.body.duplicates.map(({ key }) => key).join();
      case 422:
        return error.body.violations.map(({ path }) => path).join();
      case 400:
      case 401:
      case 408:
      case 413:
      case 415:
      case 500:
      case 503:
        return error.body.code;
    }
  };
  assert.equal(explain(), 'files');
});

test('headers of an error can be read', async (t) => {
  const server = await serve(t, (response) => json(response, 503, problem('UNAVAILABLE'), { 'retry-after': '7' }));
  const error = await failure(new Client({ baseUrl: server.url }).createSession(create));
  assert.ok(isCreateSessionError(error, 503));
  assert.equal(error.headers.get('Retry-After'), '7');
});

test('what the contract does not declare passes no guard', async (t) => {
  const page = '<html>Bad Gateway</html>';
  const server = await serve(t, (response, _, count) => {
    const status = [418, 413, 202, 201][count - 1] ?? 500;
    response.writeHead(status, { 'content-type': 'text/html' }).end(page);
  });
  const client = new Client({ baseUrl: server.url });
  for (const status of [418, 413, 202, 201]) {
    const error = await failure(client.createSession(create));
    assert.ok(error instanceof ResponseError);
    assert.equal(error.status, status);
    assert.equal(error.body, page);
    assert.equal(isCreateSessionError(error), false);
  }
});

test('no answer is a ConnectionError that names operation and server', async () => {
  const cause = new TypeError('fetch failed');
  const client = new Client({ baseUrl: 'http://nowhere.invalid', fetch: () => Promise.reject(cause) });
  const error = await failure(client.createSession(create));
  assert.ok(error instanceof ConnectionError);
  assert.equal(error.cause, cause);
  assert.equal(error.message, 'createSession: no answer from http://nowhere.invalid');
});

test('an answer that breaks off is a ConnectionError', async (t) => {
  const server = await serve(t, (response) => {
    response.writeHead(201, { 'content-type': 'application/json', 'content-length': '100' });
    response.write('{', () => response.destroy());
  });
  assert.ok((await failure(new Client({ baseUrl: server.url }).createSession(create))) instanceof ConnectionError);
});
