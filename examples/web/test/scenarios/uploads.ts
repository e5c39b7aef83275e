import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import { MB, PART } from '../support/files.js';
import { ABORTS, COMPLETIONS, CREATIONS, Held, PARTS, REGISTRATIONS } from '../support/held.js';
import { LARGEST, type World } from '../support/world.js';
import { answered } from '../support/visitor.js';

/** Uploads that end well. */
export async function uploads(t: TestContext, world: World): Promise<void> {
  await t.test('three files of 40 MB arrive, with progress of each and of all', async () => {
    const visitor = await world.visit('upload', 'ada');
    const names = ['castle-plans.pdf', 'garden.mov', 'invoices 2026.zip'];
    await visitor.choose(...names.map((name) => world.files.write(name, 40 * MB)));
    await visitor.findsNoBarrier();
    const held = await Held.requests(visitor.page, 'PUT', PARTS, 6);
    await visitor.button('Upload 3 files').click();
    await held.arrived;
    // Six parts are stored, and no more can be until the others are sent.
    await visitor.sees('26 %');
    await visitor.sees('31 MB of 120 MB');
    await visitor.sees(/\d+ [kM]B\/s/);
    await visitor.sees(/(second|minute)s? left/);
    const shares = await visitor.page.getByRole('listitem').getByRole('progressbar').evaluateAll((bars, partSize) =>
      bars.map((bar) => Math.round(((bar as HTMLProgressElement).value) / partSize)),
      PART,
    );
    assert.equal(shares.length, 3);
    assert.equal(shares.reduce((sum, parts) => sum + parts, 0), 6);
    await visitor.findsNoBarrier();
    await held.release();
    await visitor.sees('3 files uploaded');
    await visitor.sees('120 MB, of which the server has checked every byte.');
    assert.equal(await visitor.page.getByText('Uploaded', { exact: true }).count(), 3);
    await visitor.findsNoBarrier();
    await visitor.leaves();
  });

  await t.test('a session is extended while it is used: its time left jumps, and screen readers are told', async () => {
    const visitor = await world.visit('upload', 'grace');
    await visitor.choose(world.files.write('extended.bin', PART));
    const registration = await Held.requests(visitor.page, 'POST', REGISTRATIONS);
    const parts = await Held.requests(visitor.page, 'PUT', PARTS);
    await visitor.button('Upload 1 file').click();
    await registration.arrived;
    const timer = visitor.page.getByRole('timer');
    const minutesLeft = async (): Promise<number> => Number((await timer.textContent())?.split(':')[0]);
    assert.ok((await minutesLeft()) <= 5);
    await registration.release();
    await visitor.sees('+25 minutes');
    await visitor.sees('Sending');
    assert.ok((await minutesLeft()) >= 29);
    await visitor.hears(/^The session was extended by 25 minutes; it now ends at \d\d:\d\d/);
    await visitor.findsNoBarrier();
    await parts.release();
    await visitor.sees('1 file uploaded');
    await visitor.leaves();
  });

  await t.test('the time left of a session is right where the clock is wrong', async () => {
    const visitor = await world.visit('upload', 'annie');
    await visitor.page.addInitScript(() => {
      const { now } = Date;
      Date.now = () => now() + 7_200_000;
    });
    await visitor.page.reload();
    await visitor.choose(world.files.write('punctual.bin', PART));
    const registration = await Held.requests(visitor.page, 'POST', REGISTRATIONS);
    await visitor.button('Upload 1 file').click();
    await registration.arrived;
    assert.match((await visitor.page.getByRole('timer').textContent()) ?? '', /^(4:[0-5]\d|5:00)$/);
    await registration.release();
    await visitor.sees('1 file uploaded');
    await visitor.leaves();
  });

  await t.test('while the server puts the file together, the page says so', async () => {
    const visitor = await world.visit('upload', 'mary');
    await visitor.choose(world.files.write('checked.bin', PART));
    const completion = await Held.requests(visitor.page, 'POST', COMPLETIONS);
    await visitor.button('Upload 1 file').click();
    await completion.arrived;
    await visitor.sees('The server is checking the files');
    await visitor.sees('The server is checking it');
    assert.equal(await visitor.page.getByText(/left$/).count(), 0);
    await visitor.findsNoBarrier();
    await completion.release();
    await visitor.sees('1 file uploaded');
    await visitor.button('Copy address of checked.bin').click();
    await visitor.sees('Address copied');
    await visitor.button('Clear finished files').click();
    await visitor.page.getByText('1 file uploaded').waitFor({ state: 'hidden' });
    await visitor.leaves();
  });

  await t.test('a thousand files are hashed and shown, and more are refused before that', async () => {
    const visitor = await world.visit('upload', 'katherine');
    const drop = (first: number, count: number): Promise<void> =>
      visitor.page.evaluate(
        ([first, count]) => {
          const dataTransfer = new DataTransfer();
          for (let number = first; number < first + count; number++) {
            dataTransfer.items.add(new File([`content of ${number}`], `${number}.txt`));
          }
          document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
        },
        [first, count] as const,
      );
    await drop(0, 1001);
    await visitor.button('Upload 1,001 files').click();
    await visitor.sees('1001 files are too many: give at most 1000');
    await visitor.button('Remove 1000.txt').click();
    const creation = await Held.requests(visitor.page, 'POST', CREATIONS);
    await visitor.button('Upload 1,000 files').click();
    await creation.arrived;
    await visitor.sees('100 %');
    assert.equal(await visitor.page.getByText('Reading 100 %').count(), 1000);
    await visitor.button('Cancel').click();
    await visitor.sees('Cancelling…');
    await creation.release();
    await visitor.sees('Upload cancelled');
    const { rows } = await world.server.sql("select status from upload_sessions where user_id = 'katherine'");
    assert.deepEqual(rows, [{ status: 'failed' }]);
    await visitor.leaves();
  });

  await t.test('a paused upload sends nothing until it is resumed', async () => {
    const visitor = await world.visit('upload', 'barbara');
    await visitor.choose(world.files.write('paused.bin', 6 * PART));
    const held = await Held.requests(visitor.page, 'PUT', PARTS);
    await visitor.button('Upload 1 file').click();
    await held.arrived;
    await visitor.button('Pause').click();
    await visitor.hears(/^Upload paused$/);
    // Four parts were under way and are finished; the other two are not begun.
    await held.release();
    await visitor.sees('66 %');
    assert.equal(held.seen, 4);
    await visitor.findsNoBarrier();
    await visitor.button('Resume').click();
    await visitor.sees('1 file uploaded');
    await visitor.leaves();
  });

  await t.test('an upload outlives a crash of the server', async () => {
    const visitor = await world.visit('upload', 'joan');
    await visitor.choose(world.files.write('long.bin', 3 * PART));
    const held = await Held.requests(visitor.page, 'PUT', PARTS, 1);
    await visitor.button('Upload 1 file').click();
    await visitor.sees('33 %');
    await world.server.crash();
    await held.release();
    await visitor.sees('The server does not answer. The upload goes on by itself when it is back.');
    await visitor.findsNoBarrier();
    await world.server.restart();
    await visitor.sees('1 file uploaded');
    // The proxy answers 502 while there is no server.
    await visitor.leaves(answered(502));
  });

  await t.test('without a server, the page says what that means for a pause and for cancelling', async () => {
    const visitor = await world.visit('upload', 'hedy');
    await visitor.choose(world.files.write('waiting.bin', 3 * PART));
    const held = await Held.requests(visitor.page, 'PUT', PARTS, 1);
    await visitor.button('Upload 1 file').click();
    await held.arrived;
    await world.server.crash();
    await held.release();
    await visitor.sees('The server does not answer. The upload goes on by itself when it is back.');
    await visitor.button('Pause').click();
    await visitor.sees('The server did not answer. Resume the upload to try again.');
    assert.equal(await visitor.page.getByText('by itself').count(), 0);
    await visitor.findsNoBarrier();
    const abort = await Held.requests(visitor.page, 'DELETE', ABORTS);
    await visitor.button('Cancel').click();
    await abort.arrived;
    await visitor.sees('The server does not answer. If it cannot be told, what it has may stay there.');
    await visitor.findsNoBarrier();
    await abort.release();
    await visitor.sees('The server could not be told: what it has may stay there.');
    await world.server.restart();
    await visitor.leaves(answered(502));
  });

  await t.test('a large file is hashed in a worker, and on the page if none can start', async () => {
    for (const startable of [true, false]) {
      const visitor = await world.visit('upload', 'margaret');
      const ends: Array<Promise<unknown>> = [];
      visitor.page.on('worker', (worker) => ends.push(worker.waitForEvent('close')));
      if (!startable) {
        await visitor.page.route('**/sha256-worker*', (route) => route.abort());
      }
      await visitor.choose(world.files.write(`hashed-${startable}.bin`, 2 * PART));
      await visitor.button('Upload 1 file').click();
      await visitor.sees('1 file uploaded');
      assert.equal(ends.length, startable ? 1 : 0);
      await Promise.all(ends);
      await visitor.leaves(...(startable ? [] : [/net::ERR_FAILED/]));
    }
  });

  await t.test('an upload is paused and cancelled while a worker hashes', async () => {
    const visitor = await world.visit('upload', 'edith');
    const { page } = visitor;
    await visitor.choose(world.files.zeros('hashing.bin', LARGEST));
    const worker = page.waitForEvent('worker');
    await visitor.button('Upload 1 file').click();
    const ended = (await worker).waitForEvent('close');
    await visitor.button('Pause').click();
    await visitor.hears(/^Upload paused$/);
    assert.equal(page.workers().length, 1, 'the worker waits');
    await visitor.findsNoBarrier();
    await visitor.button('Cancel').click();
    await visitor.sees('Upload cancelled');
    await ended;
    await visitor.leaves();
  });

  await t.test('files are taken by drag and drop, and a name that is there already gets a number', async () => {
    const visitor = await world.visit('upload', 'radia');
    const drop = (): Promise<void> =>
      visitor.page.evaluate(() => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(['dropped, and not for the first time'], 'note.txt'));
        dataTransfer.items.add(new File([], 'empty.txt'));
        const drag = (type: string) => new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
        document.body.dispatchEvent(drag('dragover'));
        document.body.dispatchEvent(drag('drop'));
      });
    // The zone is lit while files are above the page, and no longer.
    const drag = (type: string, kind: 'file' | 'text', to?: 'body'): Promise<boolean> =>
      visitor.page.evaluate(
        async ([type, kind, to]) => {
          const dataTransfer = new DataTransfer();
          if (kind === 'file') {
            dataTransfer.items.add(new File(['x'], 'x'));
          }
          const relatedTarget = to ? document.body : null;
          document.body.dispatchEvent(new DragEvent(type, { dataTransfer, relatedTarget, bubbles: true }));
          await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
          return document.querySelector('.drop-zone.over') !== null;
        },
        [type, kind, to] as const,
      );
    assert.equal(await drag('dragleave', 'text', 'body'), false);
    assert.equal(await drag('dragover', 'file'), true);
    assert.equal(await drag('dragleave', 'file', 'body'), true);
    assert.equal(await drag('dragleave', 'file'), false);
    await drop();
    await visitor.sees('Empty files cannot be uploaded: empty.txt.');
    await drop();
    assert.deepEqual(await visitor.page.locator('.file-name').allTextContents(), ['note.txt', 'note (2).txt']);
    await visitor.findsNoBarrier();
    await visitor.button('Remove note (2).txt').click();
    await visitor.button('Upload 1 file').click();
    await visitor.sees('1 file uploaded');
    await visitor.leaves();
  });
}
