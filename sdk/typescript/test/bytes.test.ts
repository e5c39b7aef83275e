import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { BinaryBody, Reply } from '../src/index.js';
import { Client } from '../src/index.js';
import { Transport } from '../src/transport.js';
import { json, serve } from './server.js';

const part = { sessionId: 'session', fileId: 'file', partNumber: 7 };
const bytes = new TextEncoder().encode('some bytes');

test('bytes are sent from every kind of body', async (t) => {
  const server = await serve(t, (response) => json(response, 200, {}));
  const bodies: BinaryBody[] = [bytes, bytes.buffer, Buffer.from(bytes), new Blob([bytes]), new Blob([bytes]).stream()];
  for (const body of bodies) {
    await new Client({ baseUrl: server.url }).uploadPart({ ...part, body });
  }
  assert.equal(server.seen.length, bodies.length);
  for (const { method, url, headers, body } of server.seen) {
    assert.equal(method, 'PUT');
    assert.equal(url, '/api/mocs/uploads/sessions/session/files/file/parts/7');
    assert.equal(headers['content-type'], 'application/octet-stream');
    assert.equal(body.toString(), 'some bytes');
  }
});

test('a Uint8Array that shows a part of its buffer sends that part', async (t) => {
  const server = await serve(t, (response) => json(response, 200, {}));
  await new Client({ baseUrl: server.url }).uploadPart({ ...part, body: bytes.subarray(5) });
  assert.equal(server.seen[0]?.body.toString(), 'bytes');
});

test('an empty body is sent as one', async (t) => {
  const server = await serve(t, (response) => json(response, 200, {}));
  await new Client({ baseUrl: server.url }).uploadPart({ ...part, body: new Uint8Array() });
  assert.equal(server.seen[0]?.headers['content-length'], '0');
});

test('an answer of bytes is a Blob', async (t) => {
  const server = await serve(t, (response) => response.writeHead(200).end(Buffer.from([0, 255, 10])));
  const transport = new Transport({ baseUrl: server.url });
  const request = { id: 'download', method: 'GET', path: '/', answers: { 200: 'binary' } } as const;
  const blob = await transport.call<Reply<200, Blob>>(request);
  assert.deepEqual([...new Uint8Array(await blob.arrayBuffer())], [0, 255, 10]);
});
