import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { Client, ConnectionError, ResponseError } from '../../src/index.js';
import { Patience } from '../../src/upload/patience.js';
import { upload, type Upload } from '../../src/upload/index.js';
import { json, problem } from '../server.js';
import { file, mock, type Answers } from './mock.js';
import { skipPauses } from './pauses.js';

const LONG = 'the content of a file of several parts';
const MINUTE_MS = 60_000;

function unavailable(after: string): ResponseError {
  const headers = new Headers({ 'retry-after': after });
  return new ResponseError('uploadPart', { status: 503, headers, body: undefined, declared: true });
}

/** Answers 503 to the first requests for an operation. */
const busy =
  (failures: number, after = '1'): NonNullable<Answers[string]> =>
  (response, count) => {
    if (count <= failures) {
      json(response, 503, problem('UNAVAILABLE'), { 'retry-after': after });
    }
    return count <= failures;
  };

test('pauses are as long as the server asks for, or grow beyond it, up to ten seconds', async (t) => {
  const pauses = skipPauses(t);
  const random = t.mock.method(Math, 'random', () => 0);
  const patience = new Patience(10 * MINUTE_MS);
  for (let attempt = 0; attempt < 8; attempt++) {
    await patience.wait(unavailable('1'), attempt);
  }
  await patience.wait(unavailable('3600'), 0);
  assert.deepEqual(pauses, [1000, 1000, 1000, 2000, 4000, 8000, 8000, 8000, 8000]);
  random.mock.mockImplementation(() => 1);
  await patience.wait(unavailable('3600'), 0);
  assert.equal(pauses.at(-1), 10_000);
});

test('patience ends when nothing was answered for so long, and begins anew with every answer', async (t) => {
  skipPauses(t);
  const patience = new Patience(2 * MINUTE_MS);
  const error = new ConnectionError('gone');
  for (let round = 0; round < 2; round++) {
    const begin = performance.now();
    const fail = async (): Promise<void> => {
      for (let attempt = 0; ; attempt++) {
        await patience.wait(error, attempt);
      }
    };
    await assert.rejects(fail(), error);
    const seconds = Math.round((performance.now() - begin) / 1000);
    assert.equal(seconds, 120);
    patience.renew();
  }
});

test('what fails for the first time is repeated, however long others have failed', async (t) => {
  skipPauses(t);
  const patience = new Patience(MINUTE_MS);
  const error = new ConnectionError('gone');
  const fail = async (): Promise<void> => {
    for (let attempt = 0; ; attempt++) {
      await patience.wait(error, attempt);
    }
  };
  await assert.rejects(fail(), error);
  await patience.wait(error, 0);
});

test('what cannot pass is not waited for', async () => {
  const refusal = new ResponseError('uploadPart', { status: 422, headers: new Headers(), body: undefined, declared: true });
  await assert.rejects(new Patience(MINUTE_MS).wait(refusal, 0), refusal);
});

test('an upload outlasts a minute of refusals', async (t) => {
  const pauses = skipPauses(t);
  const { client } = await mock(t, { uploadPart: busy(15) });
  const outcome = await upload(client, [file('a', LONG)], { concurrency: 1 });
  assert.equal(outcome.kind, 'completed');
  assert.equal(pauses.length, 15);
});

test('an upload without patience rejects at the first failure', async (t) => {
  const { client, operations } = await mock(t, { uploadPart: busy(1) });
  await assert.rejects(upload(client, [file('a', LONG)], { giveUpAfterMs: 0, concurrency: 1 }), { status: 503 });
  assert.equal(operations.at(-1), 'abortSession');
});

test('a network that is back ends the pause', async (t) => {
  const events = new EventTarget();
  const { addEventListener, removeEventListener } = events;
  Object.assign(globalThis, {
    addEventListener: addEventListener.bind(events),
    removeEventListener: removeEventListener.bind(events),
  });
  t.after(() => {
    Reflect.deleteProperty(globalThis, 'addEventListener');
    Reflect.deleteProperty(globalThis, 'removeEventListener');
  });
  const { client } = await mock(t, { uploadPart: busy(1) });
  // No pause ends by itself.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const nudging = setInterval(() => events.dispatchEvent(new Event('online')), 5);
  t.after(() => clearInterval(nudging));
  assert.equal((await upload(client, [file('a', LONG)])).kind, 'completed');
});

test('a paused upload repeats nothing, and a resumed one repeats at once', async (t) => {
  const { client, sending } = await mock(t, {
    uploadPart: (response, count, seen) => {
      if (count === 1) {
        run.pause();
      }
      return busy(1)(response, count, seen);
    },
  });
  const pauses = skipPauses(t);
  const run: Upload = upload(client, [file('a', LONG)], { concurrency: 1 });
  while (pauses.length === 0) {
    await new Promise((turn) => setImmediate(turn));
  }
  // The pause before the part is repeated is over when the timers have had their turn.
  await new Promise((turn) => setTimeout(turn, 5));
  assert.equal(sending.all, 1);
  run.resume();
  assert.equal((await run).kind, 'completed');
});

test('parts that have timed out are sent again one after the other', async (t) => {
  let held = (): void => {};
  const allHeld = new Promise<void>((resolve) => (held = resolve));
  const atOnce: number[] = [];
  const { client, sending } = await mock(t, {
    uploadPart: (_, count) => {
      if (count === 4) {
        held();
      } else if (count > 4) {
        atOnce.push(sending.now);
      }
      return count <= 4;
    },
  });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const run = upload(client, [file('a', LONG)]);
  await allHeld;
  t.mock.timers.tick(5 * MINUTE_MS);
  const ticking = setInterval(() => t.mock.timers.tick(1000), 1);
  t.after(() => clearInterval(ticking));
  assert.equal((await run).kind, 'completed');
  assert.deepEqual(atOnce.slice(0, 2), [1, 2], 'one more for each that arrives');
});

/** Has time pass a hundred times as fast for the client, and tells how much of it has passed. */
function hurry(t: TestContext): () => number {
  const now = performance.now.bind(performance);
  const { setTimeout } = globalThis;
  const begin = now();
  t.mock.method(performance, 'now', () => begin + 100 * (now() - begin));
  // The platform has timers of its own.
  t.mock.method(globalThis, 'setTimeout', ((go: () => void, ms: number) =>
    setTimeout(go, new Error().stack?.includes('/out/src/') ? ms / 100 : ms)) as typeof setTimeout);
  return () => performance.now() - begin;
}

test('a server that says nothing to a small request is given up in time', async (t) => {
  for (const silent of ['createSession', 'registerFile', 'finalizeSession']) {
    await t.test(silent, async (t) => {
      const { client } = await mock(t, { [silent]: () => true, abortSession: () => true, getSession: () => true });
      const passed = hurry(t);
      await assert.rejects(upload(client, [file('a', LONG)], { giveUpAfterMs: 5000 }), { name: 'TimeoutError' });
      assert.ok(passed() < 2 * MINUTE_MS, `${passed()} ms`);
    });
  }
});

test('a token function that has no network for a moment ends no upload', async (t) => {
  skipPauses(t);
  const { url } = await mock(t);
  let calls = 0;
  const token = (): string => {
    if (++calls < 4) {
      throw new TypeError('fetch failed');
    }
    return 'token';
  };
  assert.equal((await upload(new Client({ baseUrl: url, token }), [file('a', LONG)])).kind, 'completed');
  const mistaken = new Client({ baseUrl: url, token: () => (undefined as unknown as { a: string }).a });
  await assert.rejects(upload(mistaken, [file('a', LONG)]), { name: 'TypeError' });
});
