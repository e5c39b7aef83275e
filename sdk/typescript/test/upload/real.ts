import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

/** Benchmarks are about the release build. */
const PROFILE = process.env.SERVER_PROFILE ?? 'debug';
const BINARY = join(process.cwd(), '../../target', PROFILE, 'upload-server');

/** Why tests against the service cannot run, if so; `test` prints it. */
export const missing: string | false =
  existsSync(BINARY) ? false : `build the service first: cargo build --workspace (there is no ${BINARY})`;

/** The service on a free port, with data of its own. */
export interface Service {
  readonly url: string;
  /** A token of a user or, with `--admin`, of an administrator. */
  token(user: string, ...more: string[]): string;
  /** Puts the example data into the database. */
  seed(): void;
  /** Ends the service as a crash does. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with the same data. */
  start(): Promise<void>;
}

/** Starts the service with settings; it stops with the test, or with whatever else has an end. */
export async function service(test: Pick<TestContext, 'after'>, ...settings: string[]): Promise<Service> {
  const data = mkdtempSync(join(tmpdir(), 'upload-layer-'));
  const base = ['--data-dir', data, ...settings];
  let process = await run([...base, '--bind', '127.0.0.1:0']);
  const { url } = process;
  test.after(async () => {
    await process.end('SIGTERM');
    rmSync(data, { recursive: true, force: true });
  });
  return {
    url,
    token: (user, ...more) => execFileSync(BINARY, ['token', '--user', user, ...more, ...base], { encoding: 'utf8' }).trim(),
    seed: () => void execFileSync(BINARY, ['seed', ...base], { stdio: 'ignore' }),
    kill: () => process.end('SIGKILL'),
    start: async () => {
      process = await run([...base, '--bind', new URL(url).host]);
    },
  };
}

interface Running {
  readonly url: string;
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts the program and waits until it listens. */
async function run(settings: string[]): Promise<Running> {
  const child = spawn(BINARY, ['serve', ...settings], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let log = '';
  child.stderr.on('data', (text: Buffer) => (log += text));
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url] = /^listening on (\S+)/.exec(line) ?? [];
    if (url) {
      child.stdout.resume();
      return {
        url,
        end: async (signal) => {
          child.kill(signal);
          await ended;
        },
      };
    }
  }
  throw new Error(`the service did not start:\n${log}`);
}
