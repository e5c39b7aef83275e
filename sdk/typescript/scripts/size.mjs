// Prints what the package weighs, minified and compressed, and fails above the limits.
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';

const CLIENT_LIMIT = 3000;
const UPLOAD_LIMIT = 6000;

/** The bytes of a module that is bundled, minified and compressed: at once, and of chunks that are loaded on demand. */
async function weigh(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd() },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    outdir: 'out',
    write: false,
  });
  const sum = (files) => files.reduce((bytes, file) => bytes + gzipSync(file.contents, { level: 9 }).length, 0);
  const isEntry = ({ path }) => basename(path) === 'stdin.js';
  return { atOnce: sum(outputFiles.filter(isEntry)), onDemand: sum(outputFiles.filter((file) => !isEntry(file))) };
}

function check(what, { atOnce, onDemand }, limit) {
  const later = onDemand > 0 ? `, and ${onDemand} on demand` : '';
  console.log(`${what}: ${atOnce} bytes gzipped${limit ? ` (limit ${limit})` : ''}${later}`);
  if (atOnce > limit) {
    console.error(`${what}: ${atOnce - limit} bytes too large`);
    process.exitCode = 1;
  }
}

check('client with all guards', await weigh(`export * from './dist/index.js'`), CLIENT_LIMIT);
check('client alone', await weigh(`export { Client } from './dist/index.js'`));
check(
  'client, guards and upload layer',
  await weigh(`export * from './dist/index.js'; export * from './dist/upload/index.js'`),
  UPLOAD_LIMIT,
);
check('the worker that hashes large files, on demand', await weigh(`import './dist/upload/sha256-worker.js'`));
