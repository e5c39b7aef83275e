// Compares uploads through the layer with plain parallel PUTs of the same parts to the service: `npm run bench`, of 1 GB in
// one round, or with FULL=1 in three. Each upload has a process of its own, so that its memory is its own. The service must
// have been built: `cargo build --release --workspace`.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const MB = 1_000_000;
const CONCURRENCY = 4;
const ROUNDS = process.env.FULL ? 3 : 1;
const MEGABYTES = 1000;
/** What is aimed at. */
const LEAST_RATIO = 0.8;
const MOST_MIB = 200;

/** Writes a file of bytes that do not repeat, and answers its hash. */
async function write(path) {
  const hash = createHash('sha256');
  const file = await open(path, 'w');
  for (let block = 0; block < MEGABYTES; block++) {
    const content = Buffer.alloc(MB, crypto.getRandomValues(new Uint8Array(65_536)));
    hash.update(content);
    await file.write(content);
  }
  await file.close();
  return hash.digest('hex');
}

/** Seconds of sending the parts, and of everything, through the layer. */
async function layer({ url, token, path }) {
  const { Client } = await import('../dist/index.js');
  const { upload } = await import('../dist/upload/index.js');
  const blob = await openAsBlob(path);
  let first, last;
  const begin = performance.now();
  const outcome = await upload(new Client({ baseUrl: url, token }), [{ key: 'file', blob }], {
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
async function plain({ url, token, path, hash }) {
  const { Client } = await import('../dist/index.js');
  const client = new Client({ baseUrl: url, token });
  const blob = await openAsBlob(path);
  const begin = performance.now();
  const body = { key: 'file', size: blob.size, hash };
  const { sessionId, partSizeBytes } = await client.createSession({ body: { files: [body], allowDuplicates: true } });
  const first = performance.now();
  const { fileId, partCount } = await client.registerFile({ sessionId, body });
  const parent = `${url}/api/mocs/uploads/sessions/${sessionId}/files/${fileId}/parts`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' };
  const parts = [];
  let next = 1;
  const worker = async () => {
    for (let partNumber = next++; partNumber <= partCount; partNumber = next++) {
      const part = blob.slice((partNumber - 1) * partSizeBytes, partNumber * partSizeBytes);
      const response = await fetch(`${parent}/${partNumber}`, { method: 'PUT', headers, body: part });
      parts[partNumber - 1] = { partNumber, etag: (await response.json()).etag };
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  const last = performance.now();
  await client.completeFile({ sessionId, fileId, body: { parts } }, { timeoutMs: 0 });
  await client.finalizeSession({ sessionId });
  return { sending: (last - first) / 1000, whole: (performance.now() - begin) / 1000, partSizeBytes };
}

/** Runs one of the two in a process of its own. */
async function measure(way, given) {
  const script = fileURLToPath(import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, [script, way, JSON.stringify(given)]);
  return JSON.parse(stdout);
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

function report(what, layered, bare) {
  const [through, without] = [layered, bare].map((seconds) => MEGABYTES / median(seconds));
  const ratio = through / without;
  console.log(
    `${what}: ${through.toFixed(0)} MB/s through the layer, ${without.toFixed(0)} MB/s without, ratio ${ratio.toFixed(2)}`,
  );
  return ratio;
}

const judged = (reached) => (reached ? 'reached' : 'NOT reached');

async function main(service, after) {
  const folder = await mkdtemp(join(tmpdir(), 'upload-bench-'));
  after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'file');
  const hash = await write(path);
  const server = await service({ after });
  const given = { url: server.url, token: server.token('bench'), path, hash };
  const [layered, bare] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    layered.push(await measure('layer', given));
    bare.push(await measure('plain', given));
  }
  const partMiB = bare[0].partSizeBytes / 2 ** 20;
  console.log(`${MEGABYTES} MB in parts of ${partMiB} MiB, ${CONCURRENCY} at a time, median of ${ROUNDS} round(s)`);
  const ratio = report('parts', layered.map(({ sending }) => sending), bare.map(({ sending }) => sending));
  report('everything, with hashing in the layer', layered.map(({ whole }) => whole), bare.map(({ whole }) => whole));
  const mebibytes = Math.max(...layered.map(({ memory }) => memory));
  console.log(`most memory of the process with the layer: ${mebibytes.toFixed(0)} MiB`);
  console.log(`target, at least ${LEAST_RATIO} of the rate of plain PUTs: ${judged(ratio >= LEAST_RATIO)}`);
  console.log(`target, less than ${MOST_MIB} MiB of memory: ${judged(mebibytes < MOST_MIB)}`);
}

const [way, given] = process.argv.slice(2);
if (way) {
  const seconds = await { layer, plain }[way](JSON.parse(given));
  // Kibibytes on every platform.
  console.log(JSON.stringify({ ...seconds, memory: process.resourceUsage().maxRSS / 1024 }));
} else {
  process.env.SERVER_PROFILE = 'release';
  const { missing, service } = await import('../.test/out/test/upload/real.js');
  const ends = [];
  try {
    await (missing ? console.log(`skipped: ${missing}`) : main(service, (end) => ends.unshift(end)));
  } finally {
    for (const end of ends) {
      await end();
    }
  }
}
