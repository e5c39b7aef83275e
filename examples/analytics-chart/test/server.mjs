// The upload server, for the time of a test.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BINARY = fileURLToPath(new URL('../../../target/debug/upload-server', import.meta.url));

/** Why a test cannot run, if so. */
export const missing = existsSync(BINARY) ? false : 'build the service first: cargo build --workspace';

/** Starts the server with example data on a free port; `data` is its folder. */
export async function startServer() {
  const data = mkdtempSync(join(tmpdir(), 'analytics-chart-'));
  const child = spawn(BINARY, ['serve', '--data-dir', data, '--bind', '127.0.0.1:0', '--shutdown-delay-seconds', '0']);
  const ended = once(child, 'exit');
  child.stderr.resume();
  const stop = async () => {
    child.kill();
    await ended;
    rmSync(data, { recursive: true });
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url] = /^listening on (\S+)/.exec(line) ?? [];
    if (url) {
      child.stdout.resume();
      const run = (...words) =>
        execFileSync(BINARY, [...words, '--data-dir', data], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      run('seed');
      return {
        data,
        stop,
        userToken: run('token', '--user', 'ada').trim(),
        environment: { UPLOAD_SERVER: url, UPLOAD_ADMIN_TOKEN: run('token', '--user', 'boss', '--admin').trim() },
      };
    }
  }
  throw new Error('the server did not start');
}
