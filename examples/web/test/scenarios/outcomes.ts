import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import type { TestContext } from 'node:test';

import { MB, PART } from '../support/files.js';
import { CREATIONS, Held, PARTS } from '../support/held.js';
import { answered, Visitor } from '../support/visitor.js';
import { LARGEST, type World } from '../support/world.js';

/** Duplicates, and uploads that do not end well. */
export async function outcomes(t: TestContext, world: World): Promise<void> {
  await t.test('duplicates', (t) => duplicates(t, world));

  await t.test('an upload is cancelled in the middle, and its session is removed', async () => {
    const visitor = await world.visit('upload', 'cancelling');
    await visitor.choose(world.files.write('cancelled.bin', 3 * PART));
    const held = await Held.requests(visitor.page, 'PUT', PARTS, 1);
    await visitor.button('Upload 1 file').click();
    await visitor.sees('33 %');
    await held.arrived;
    await visitor.button('Cancel').click();
    await visitor.sees('Upload cancelled');
    await visitor.findsNoBarrier();
    const { rows } = await world.server.sql(
      "select status, failure_reason from upload_sessions where user_id = 'cancelling'",
    );
    assert.deepEqual(rows, [{ status: 'failed', failure_reason: 'cancelled by the user' }]);
    await held.release();
    await visitor.button('Upload 1 file').click();
    await visitor.sees('1 file uploaded');
    await visitor.leaves();
  });

  await t.test('an expired session is told, and the upload is started again', async () => {
    const visitor = await world.visit('upload', 'expiring');
    await visitor.choose(world.files.write('late.bin', 3 * PART));
    const held = await Held.requests(visitor.page, 'PUT', PARTS, 1);
    await visitor.button('Upload 1 file').click();
    await visitor.sees('33 %');
    await held.arrived;
    await world.server.sql("update upload_sessions set expires_at = now() where user_id = 'expiring'");
    await held.release();
    await visitor.sees('The upload session has expired');
    await visitor.findsNoBarrier();
    await visitor.button('Start again').click();
    await visitor.sees('1 file uploaded');
    await visitor.leaves(answered(410));
  });

  await t.test('a token that is refused is told', async () => {
    const visitor = await Visitor.open(world.browser, world.site.url, 'this is no token');
    await visitor.choose(world.files.write('refused.bin', 1000));
    await visitor.button('Upload 1 file').click();
    await visitor.sees('You are not signed in');
    await visitor.findsNoBarrier();
    await visitor.button('Sign in again').click();
    await visitor.sees('Enter a token of the upload service.');
    await visitor.findsNoBarrier();
    await visitor.signsIn(world.server.token('accepted'));
    await visitor.button('Upload 1 file').click();
    await visitor.sees('1 file uploaded');
    await visitor.leaves(answered(401));
  });

  await t.test('the files of one user are not shown to the next', async () => {
    const visitor = await world.visit('upload', 'former');
    await visitor.choose(world.files.write('private.bin', 1000));
    await visitor.button('Upload 1 file').click();
    await visitor.sees('1 file uploaded');
    await visitor.button('Sign out').click();
    await visitor.signsIn(world.server.token('next'));
    await visitor.sees('Drop files here');
    assert.equal(await visitor.page.getByText('private.bin').count(), 0);
    assert.equal(await visitor.page.getByText('1 file uploaded').count(), 0);
    await visitor.leaves();
  });

  await t.test('signing out ends the upload under way, and nothing of it is shown', async () => {
    const visitor = await world.visit('upload', 'leaving');
    const token = world.server.token('leaving');
    await visitor.choose(world.files.write('left.bin', 3 * PART));
    const held = await Held.requests(visitor.page, 'PUT', PARTS, 1);
    await visitor.button('Upload 1 file').click();
    await visitor.sees('33 %');
    await held.arrived;
    const removed = visitor.page.waitForResponse((response) => response.request().method() === 'DELETE');
    await visitor.button('Sign out').click();
    await visitor.sees('Enter a token of the upload service.');
    assert.equal((await removed).status(), 204);
    const { rows } = await world.server.sql("select status, failure_reason from upload_sessions where user_id = 'leaving'");
    assert.deepEqual(rows, [{ status: 'failed', failure_reason: 'cancelled by the user' }]);
    assert.equal(await visitor.page.getByText('left.bin').count(), 0);
    await visitor.signsIn(token);
    await visitor.sees('Drop files here');
    assert.equal(await visitor.page.getByText('left.bin').count(), 0);
    assert.equal(await visitor.page.title(), 'Upload files');
    await held.release();
    await visitor.leaves();
  });

  await t.test('nobody who has signed out is asked about duplicates', async () => {
    const visitor = await world.visit('upload', 'absent');
    const path = world.files.write('known.bin', 1000);
    await visitor.choose(path);
    await visitor.button('Upload 1 file').click();
    await visitor.sees('1 file uploaded');
    await visitor.choose(path);
    const creation = await Held.requests(visitor.page, 'POST', CREATIONS);
    await visitor.button('Upload 1 file').click();
    await creation.arrived;
    await visitor.button('Sign out').click();
    const refused = visitor.page.waitForResponse((response) => response.status() === 409);
    await creation.release();
    await (await refused).finished();
    await visitor.signsIn(world.server.token('absent'));
    await visitor.sees('Drop files here');
    assert.equal(await visitor.page.getByRole('dialog').count(), 0);
    assert.equal(await visitor.page.getByText('known.bin').count(), 0);
    await visitor.leaves(answered(409));
  });

  await t.test('how an upload ended is not said of other files', async () => {
    const visitor = await world.visit('upload', 'choosy');
    const { page } = visitor;
    await visitor.choose(world.files.write('first.bin', PART));
    const held = await Held.requests(page, 'PUT', PARTS);
    await visitor.button('Upload 1 file').click();
    await held.arrived;
    await visitor.button('Cancel').click();
    await visitor.sees('Upload cancelled');
    await visitor.button('Remove first.bin').click();
    await visitor.choose(world.files.write('second.bin', 1000));
    await visitor.sees('Upload 1 file');
    assert.equal(await page.getByText('The files are still in the list').count(), 0);
    await held.release();

    await visitor.choose(world.files.zeros('too large.bin', LARGEST + 1));
    await visitor.button('Upload 2 files').click();
    await visitor.sees('A file is too large');
    await visitor.sees('Try again');
    await visitor.button('Remove too large.bin').click();
    await visitor.button('Upload 1 file').click();
    await visitor.sees('1 file uploaded');

    // What is not taken changes nothing.
    await visitor.choose(world.files.zeros('empty.bin', 0));
    await visitor.sees('Empty files cannot be uploaded');
    await visitor.sees('1 file uploaded');
    await visitor.choose(world.files.write('third.bin', 1000));
    await visitor.sees('Upload 1 file');
    assert.equal(await page.getByText('1 file uploaded').filter({ visible: true }).count(), 0);
    await visitor.leaves(answered(413));
  });

  await t.test('an upload that is cancelled when it was over is completed', async () => {
    const visitor = await world.visit('upload', 'hesitant');
    await visitor.choose(world.files.write('too late.bin', 1000));
    // The server finalizes the session, and its answer is lost.
    let answered = (): void => {};
    const lost = new Promise<void>((resolve) => (answered = resolve));
    await visitor.page.route(/\/finalize$/, async (route) => {
      await route.fetch();
      answered();
    });
    await visitor.button('Upload 1 file').click();
    await lost;
    await visitor.button('Cancel').click();
    await visitor.sees('1 file uploaded');
    await visitor.leaves(/status of 409/);
  });

  await t.test('a file that is too large is told', async () => {
    const visitor = await world.visit('upload', 'greedy');
    await visitor.choose(world.files.zeros('huge.bin', LARGEST + 1));
    await visitor.button('Upload 1 file').click();
    await visitor.sees('A file is too large');
    await visitor.sees(/^The server refused it: .*100000000/);
    await visitor.findsNoBarrier();
    await visitor.leaves(answered(413));
  });

  await t.test('a file that has changed since it was chosen is told', async () => {
    // The large one is read by a worker.
    for (const size of [1000, 2 * PART]) {
      const visitor = await world.visit('upload', 'changing');
      const path = world.files.write(`changing-${size}.txt`, size);
      await visitor.choose(path);
      writeFileSync(path, 'something else');
      await visitor.button('Upload 1 file').click();
      await visitor.sees('A file cannot be read any more');
      await visitor.leaves();
    }
  });

  await t.test('a large file that is gone since it was chosen is told', async () => {
    const visitor = await world.visit('upload', 'losing');
    const path = world.files.write('lost.bin', 2 * PART);
    await visitor.choose(path);
    await visitor.sees('lost.bin');
    rmSync(path);
    await visitor.button('Upload 1 file').click();
    await visitor.sees('A file cannot be read any more');
    await visitor.findsNoBarrier();
    await visitor.leaves();
  });
}

async function duplicates(t: TestContext, world: World): Promise<void> {
  const again = world.files.write('report.pdf', MB, 1);
  const visitor = await world.visit('upload', 'twice');
  await visitor.choose(again);
  await visitor.button('Upload 1 file').click();
  await visitor.sees('1 file uploaded');
  const existing = await visitor.page.locator('.location button').getAttribute('title');
  const files = async (): Promise<string[]> => {
    const { rows } = await world.server.sql(
      "select file_key from upload_session_files where user_id = 'twice' and status = 'completed' order by completed_at",
    );
    return rows.map(({ file_key }: { file_key: string }) => file_key);
  };
  const ask = async (): Promise<void> => {
    await visitor.page.reload();
    await visitor.choose(again, world.files.write('new.pdf', MB));
    await visitor.button('Upload 2 files').click();
    await visitor.page.getByRole('dialog', { name: 'You have uploaded 1 of 2 files before' }).waitFor();
  };

  await t.test('are shown with the address of the first upload, and skipped', async () => {
    await ask();
    const address = visitor.page.getByRole('dialog').locator('code');
    assert.equal(await address.textContent(), existing);
    await visitor.page.setViewportSize({ width: 320, height: 640 });
    const [visible, whole] = await address.evaluate(({ clientWidth, scrollWidth }) => [clientWidth, scrollWidth]);
    assert.equal(visible, whole, 'the address wraps');
    await visitor.page.setViewportSize({ width: 1000, height: 900 });
    await visitor.button(/^Copy address of report/).last().click();
    await visitor.sees('Address copied');
    assert.equal(await visitor.page.locator('.file-stage').getByText('Waiting for your answer').count(), 2);
    await visitor.findsNoBarrier();
    const held = await Held.requests(visitor.page, 'PUT', PARTS);
    await visitor.button('Skip it').click();
    await held.arrived;
    await visitor.sees('Skipped, uploaded before');
    await held.release();
    await visitor.sees('1 file uploaded');
    await visitor.sees('1 file skipped');
    await visitor.findsNoBarrier();
    assert.deepEqual(await files(), ['report.pdf', 'new.pdf']);
  });

  await t.test('are uploaded anyway', async () => {
    await ask();
    await visitor.button('Upload anyway').click();
    await visitor.sees('2 files uploaded');
    assert.deepEqual((await files()).slice(2).sort(), ['new.pdf', 'report.pdf']);
  });

  await t.test('are left alone when the question is not answered', async () => {
    await ask();
    await visitor.page.keyboard.press('Escape');
    await visitor.sees('Upload cancelled');
    assert.equal((await files()).length, 4);
  });

  await visitor.leaves(answered(409));
}
