import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import pg from 'pg';

const BINARY = join(process.cwd(), '../../target/debug/upload-server');

/** Whether the server has been built. */
export const built = existsSync(BINARY);

/** The upload server on a free port, with data of its own. */
export class Server {
  readonly #settings: readonly string[];
  readonly #data: string;
  #running: Running;

  private constructor(settings: readonly string[], data: string, running: Running) {
    this.#settings = settings;
    this.#data = data;
    this.#running = running;
  }

  static async start(...settings: string[]): Promise<Server> {
    const data = mkdtempSync(join(tmpdir(), 'upload-page-'));
    const all = ['--data-dir', data, ...settings];
    return new Server(all, data, await run([...all, '--bind', '127.0.0.1:0']));
  }

  get url(): string {
    return this.#running.url;
  }

  /** A token of a user or, with `--admin`, of an administrator. */
  token(user: string, ...more: string[]): string {
    return execFileSync(BINARY, ['token', '--user', user, ...more, ...this.#settings], { encoding: 'utf8' }).trim();
  }

  /** Ends the server as a crash does. */
  async crash(): Promise<void> {
    await this.#running.end('SIGKILL');
  }

  /** Starts it again on the same port, with the same data. */
  async restart(): Promise<void> {
    this.#running = await run([...this.#settings, '--bind', new URL(this.url).host]);
  }

  /** A connection to the server's database. */
  async connect(): Promise<pg.Client> {
    const client = new pg.Client({ host: join(this.#data, 'postgres/run'), user: 'postgres', database: 'uploads' });
    await client.connect();
    return client;
  }

  /** Runs SQL in the server's database. */
  async sql(text: string, values: unknown[] = []): Promise<pg.QueryResult> {
    const client = await this.connect();
    try {
      return await client.query(text, values);
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await this.#running.end('SIGTERM');
    rmSync(this.#data, { recursive: true, force: true });
  }
}

interface Running {
  readonly url: string;
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts the program and waits until it listens. */
async function run(settings: readonly string[]): Promise<Running> {
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
  throw new Error(`the server did not start:\n${log}`);
}
