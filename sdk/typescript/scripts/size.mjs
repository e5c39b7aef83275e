// Prints what the whole package weighs, minified and compressed, and fails above the limit.
import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';

const LIMIT = 3000;

/** The bytes of a module that is bundled, minified and compressed. */
async function weigh(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

const whole = await weigh(`export * from './dist/index.js'`);
const client = await weigh(`export { Client } from './dist/index.js'`);
console.log(`whole package ${whole} bytes gzipped (limit ${LIMIT}), client without guards ${client}`);
if (whole > LIMIT) {
  console.error(`the package is ${whole - LIMIT} bytes too large`);
  process.exitCode = 1;
}
