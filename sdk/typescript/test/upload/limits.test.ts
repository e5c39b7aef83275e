import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { upload } from '../../src/upload/index.js';
import { MAX_FILES } from '../../src/upload/limits.js';
import { file, mock } from './mock.js';

/** A hash that must not be asked for. */
const hash = (): never => assert.fail('a file is hashed');

test('the most files are those of the contract', () => {
  const { components } = JSON.parse(readFileSync('../../openapi/openapi.json', 'utf8'));
  assert.equal(MAX_FILES, components.schemas.CreateSessionRequest.properties.files.maxItems);
});

test('too many files are refused before any is hashed', async (t) => {
  const { client, operations } = await mock(t);
  const files = Array.from({ length: MAX_FILES + 1 }, (_, index) => file(`${index}`, 'x'));
  assert.throws(() => upload(client, files, { hash }), /^TypeError: 1001 files are too many: give at most 1000/);
  assert.deepEqual(operations, []);
});

test('an empty file is refused before any is hashed', async (t) => {
  const { client, operations } = await mock(t);
  const run = upload(client, [file('full', 'x'), file('empty', '')], { hash });
  await assert.rejects(run, /^TypeError: 'empty' is empty.*leave it out/);
  assert.deepEqual(operations, []);
});

test('options that would make an upload wait for ever are refused', async (t) => {
  const { client } = await mock(t);
  for (const concurrency of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => upload(client, [file('a', 'x')], { concurrency }), /^TypeError: concurrency is .*from 1 on/);
  }
  for (const giveUpAfterMs of [-1, Number.NaN]) {
    assert.throws(() => upload(client, [file('a', 'x')], { giveUpAfterMs }), /^TypeError: giveUpAfterMs is /);
  }
});
