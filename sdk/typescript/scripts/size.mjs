// Prints what the package weighs, minified and compressed, and fails above the limits.
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';

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

function check(what, weight, limits) {
  for (const [when, limit] of Object.entries(limits)) {
    const bytes = weight[when];
    console.log(`${what}, ${words[when]}: ${bytes} bytes gzipped (limit ${limit})`);
    if (bytes > limit) {
      console.error(`${what}, ${words[when]}: ${bytes - limit} bytes too large`);
      process.exitCode = 1;
    }
  }
}

const words = { atOnce: 'loaded at once', onDemand: 'loaded on demand' };
const CLIENT = './dist/index.js';
const LAYER = './dist/upload/index.js';

check('client with all guards', await weigh(`export * from '${CLIENT}'`), { atOnce: 3000 });
check('client alone', await weigh(`export { Client } from '${CLIENT}'`), { atOnce: 2500 });
// What is not used is not loaded.
check('analytics alone', await weigh(`export { analytics } from '${LAYER}'`), { atOnce: 300 });
check('client, guards and upload layer', await weigh(`export * from '${CLIENT}'; export * from '${LAYER}'`), {
  atOnce: 6000,
  onDemand: 7500,
});
check('the worker that hashes large files', await weigh(`import './dist/upload/sha256-worker.js'`), { atOnce: 7600 });
