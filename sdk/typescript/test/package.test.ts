// What `npm pack` makes, in an empty project of a user.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
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

test('what is published is the client, and nothing that tests it', async () => {
  const { stdout } = await run('npm', ['pack', '--json', '--dry-run', '--ignore-scripts']);
  const [packed] = JSON.parse(stdout) as Array<{ files: Array<{ path: string }> }>;
  const places = new Set(packed?.files.map(({ path }) => path.split('/')[0]));
  assert.deepEqual([...places].sort(), ['README.md', 'dist', 'package.json', 'src']);
});

test('the packed package works in an empty project, imported and required', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'packed-sdk-'));
  t.after(() => rm(folder, { recursive: true }));
  // Its dependency comes from this folder, so that no registry is asked.
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, '.', './node_modules/hash-wasm'];
  const { stdout } = await run('npm', pack);
  const files = (JSON.parse(stdout) as Array<{ filename: string }>).map(({ filename }) => join(folder, filename));
  await writeFile(join(folder, 'package.json'), '{}');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', ...files], { cwd: folder });

  const hash = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
  const uses = async (file: string, code: string): Promise<void> => {
    const { url, stored } = await mock(t);
    await writeFile(join(folder, file), code);
    const { stdout } = await run(process.execPath, [file, url], { cwd: folder });
    assert.deepEqual(JSON.parse(stdout), [['completed', hash], ['completed', hash]]);
    assert.deepEqual([...stored], [['native', ['hello']], ['wasm', ['hello']]]);
  };
  await uses(
    'import.mjs',
    `import { Client } from 'upload-sessions-sdk';\nimport { upload } from 'upload-sessions-sdk/upload';\n${USE}`,
  );

  // Required modules that are ES modules: from Node.js 20.19 and 22.12 on.
  if (!('require_module' in process.features)) {
    t.diagnostic('skipped `require`: this Node.js cannot require ES modules');
    return;
  }
  await uses(
    'require.cjs',
    `const { Client } = require('upload-sessions-sdk');\nconst { upload } = require('upload-sessions-sdk/upload');\n` +
      `(async () => {${USE}})();\n`,
  );
});
