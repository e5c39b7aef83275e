// What `npm pack` makes, in an empty project of a user.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';

import { mock } from './upload/mock.js';

const run = promisify(execFile);

/** Uses both entries of the package, with the hash of Node.js and with the one of browsers. */
const USE = `
const client = new Client({ baseUrl: process.argv[2], token: 'token' });
const files = (key) => [{ key, blob: new Blob(['hello']) }];
const native = await upload(client, files('native'));
process.getBuiltinModule = () => undefined;
const wasm = await upload(client, files('wasm'));
console.log(JSON.stringify([native, wasm].map(({ kind, files }) => [kind, files[0].hash])));
`;

const IMPORTS = `
import { Client } from 'upload-sessions-sdk';
import { upload } from 'upload-sessions-sdk/upload';
`;
const REQUIRES = `
const { Client } = require('upload-sessions-sdk');
const { upload } = require('upload-sessions-sdk/upload');
`;

/** The SHA-256 of what is uploaded. */
const HASH = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

test('what is published is the client, and nothing that tests it', async () => {
  const { stdout } = await run('npm', ['pack', '--json', '--dry-run', '--ignore-scripts']);
  const [packed] = JSON.parse(stdout) as Array<{ files: Array<{ path: string }> }>;
  const places = new Set(packed?.files.map(({ path }) => path.split('/')[0]));
  assert.deepEqual([...places].sort(), ['LICENSE', 'README.md', 'dist', 'package.json', 'src']);
});

/** An empty project in which the packed package is installed, as a user has it. */
async function project(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'packed-sdk-'));
  t.after(() => rm(folder, { recursive: true }));
  // Its dependency comes from this folder, so that no registry is asked.
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, '.', './node_modules/hash-wasm'];
  const { stdout } = await run('npm', pack);
  const files = (JSON.parse(stdout) as Array<{ filename: string }>).map(({ filename }) => join(folder, filename));
  await writeFile(join(folder, 'package.json'), '{}');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', ...files], { cwd: folder });
  return folder;
}

/** Runs a file of the project, and sees that both uploads have arrived. */
async function uploads(t: TestContext, folder: string, file: string): Promise<void> {
  const { url, stored } = await mock(t);
  const { stdout } = await run(process.execPath, [file, url], { cwd: folder });
  assert.deepEqual(JSON.parse(stdout), [['completed', HASH], ['completed', HASH]]);
  assert.deepEqual([...stored], [['native', ['hello']], ['wasm', ['hello']]]);
}

test('the packed package works in an empty project that imports it', async (t) => {
  const folder = await project(t);
  await writeFile(join(folder, 'import.mjs'), IMPORTS + USE);
  await uploads(t, folder, 'import.mjs');
});

test('the packed package works in an empty project that requires it', async (t) => {
  // Required modules that are ES modules: from Node.js 20.19 and 22.12 on.
  if (!('require_module' in process.features)) {
    t.skip('this Node.js cannot require ES modules');
    return;
  }
  const folder = await project(t);
  await writeFile(join(folder, 'require.cjs'), `${REQUIRES}(async () => {${USE}})();`);
  await uploads(t, folder, 'require.cjs');
});

test('the packed package works in an empty project that Vite builds', async (t) => {
  const folder = await project(t);
  await writeFile(join(folder, 'index.html'), '<!doctype html><script type="module" src="/main.js"></script>');
  await writeFile(join(folder, 'main.js'), IMPORTS + USE);
  // What loads chunks ahead asks for a document, and the test runs the bundle without one.
  await writeFile(join(folder, 'vite.config.mjs'), 'export default { build: { modulePreload: false } };');
  const vite = join(process.cwd(), 'node_modules/vite/bin/vite.js');
  const { stderr } = await run(process.execPath, [vite, 'build'], { cwd: folder });
  assert.equal(stderr, '');

  const built = join(folder, 'dist/assets');
  const names = await readdir(built);
  const chunks = names.map((name) => name.replace(/-[\w-]{8}\.js$/, '')).sort();
  assert.deepEqual(chunks, ['index', 'sha256-wasm', 'sha256-worker'], 'a page loads them when it needs them');
  const entry = join(built, names.find((name) => name.startsWith('index-')) ?? '');
  assert.ok(!(await readFile(entry, 'utf8')).includes('upload-sessions-sdk'), 'the package is part of the bundle');
  await rm(join(folder, 'node_modules'), { recursive: true });
  await writeFile(join(built, 'package.json'), '{ "type": "module" }');
  await uploads(t, folder, entry);
});
