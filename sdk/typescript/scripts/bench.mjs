// Compares uploads through the layer with plain parallel PUTs of the same parts to the service: `npm run bench -- 1000 1`
// for 1000 MB in one round, which takes three times as much on the disk. The test build must exist (`npm test`), and the
// service (`cargo build -p upload-server`).
import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { missing, service } from '../.test/out/test/upload/real.js';
import { Client } from '../dist/index.js';
import { upload } from '../dist/upload/index.js';

const MB = 1_000_000;
const CONCURRENCY = 4;
const [megabytes = 200, rounds = 3] = process.argv.slice(2).map(Number);

/** Writes a file of bytes that do not repeat, and answers its hash. */
async function write(path) {
  const hash = createHash('sha256');
  const file = await open(path, 'w');
  for (let block = 0; block < megabytes; block++) {
    const bytes = crypto.getRandomValues(new Uint8Array(MB).subarray(0, 65_536));
    const content = Buffer.alloc(MB, bytes);
    hash.update(content);
    await file.write(content);
  }
  await file.close();
  return hash.digest('hex');
}

/** Seconds of sending the parts, and of everything, through the layer. */
async function layered(client, blob) {
  let first, last;
  const begin = performance.now();
  const outcome = await upload(client, [{ key: 'file', blob }], {
    allowDuplicates: true,
    concurrency: CONCURRENCY,
    onProgress: ({ phase, bytes, totalBytes }) => {
      if (phase === 'uploading') {
        first ??= performance.now();
        last ??= bytes === totalBytes ? performance.now() : undefined;
      }
    },
  });
  if (outcome.kind !== 'completed') {
    throw new Error(`the upload ended as ${outcome.kind}`);
  }
  return { sending: (last - first) / 1000, whole: (performance.now() - begin) / 1000 };
}

/** The same with nothing but fetch for the parts, and with a hash that is known before. */
async function plain(client, { url, token }, blob, hash) {
  const begin = performance.now();
  const body = { key: 'file', size: blob.size, hash };
  const { sessionId, partSizeBytes } = await client.createSession({ body: { files: [body], allowDuplicates: true } });
  const first = performance.now();
  const { fileId, partCount } = await client.registerFile({ sessionId, body });
  const path = `${url}/api/mocs/uploads/sessions/${sessionId}/files/${fileId}/parts`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' };
  const parts = [];
  let next = 1;
  const worker = async () => {
    for (let partNumber = next++; partNumber <= partCount; partNumber = next++) {
      const part = blob.slice((partNumber - 1) * partSizeBytes, partNumber * partSizeBytes);
      const response = await fetch(`${path}/${partNumber}`, { method: 'PUT', headers, body: part });
      parts[partNumber - 1] = { partNumber, etag: (await response.json()).etag };
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  const last = performance.now();
  await client.completeFile({ sessionId, fileId, body: { parts } }, { timeoutMs: 0 });
  await client.finalizeSession({ sessionId });
  return { sending: (last - first) / 1000, whole: (performance.now() - begin) / 1000 };
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

function report(what, layer, other) {
  const [through, without] = [layer, other].map((seconds) => megabytes / median(seconds));
  console.log(
    `${what}: ${through.toFixed(0)} MB/s through the layer, ${without.toFixed(0)} MB/s without, ` +
      `ratio ${(through / without).toFixed(2)}`,
  );
}

async function main(after) {
  const folder = await mkdtemp(join(tmpdir(), 'upload-bench-'));
  after(() => rm(folder, { recursive: true }));
  const hash = await write(join(folder, 'file'));
  const server = await service({ after });
  const token = server.token('bench');
  const client = new Client({ baseUrl: server.url, token });
  const blob = await openAsBlob(join(folder, 'file'));
  const [layer, other] = [[], []];
  for (let round = 0; round < rounds; round++) {
    layer.push(await layered(client, blob));
    other.push(await plain(client, { url: server.url, token }, blob, hash));
  }
  console.log(`${megabytes} MB, median of ${rounds} round(s), ${CONCURRENCY} parts at a time`);
  report('parts', layer.map(({ sending }) => sending), other.map(({ sending }) => sending));
  report('everything, with hashing in the layer', layer.map(({ whole }) => whole), other.map(({ whole }) => whole));
  // Kibibytes on every platform.
  console.log(`most memory of this process: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
}

if (missing) {
  console.log(`skipped: ${missing}`);
} else {
  const ends = [];
  try {
    await main((end) => ends.unshift(end));
  } finally {
    for (const end of ends) {
      await end();
    }
  }
}
