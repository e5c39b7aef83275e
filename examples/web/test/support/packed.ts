import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { build, createServer, preview, type InlineConfig } from 'vite';

import type { Site } from './site.js';

const SDK = join(process.cwd(), '../../sdk/typescript');

const PAGE = `<!doctype html>
<html lang="en">
  <title>A file</title>
  <link rel="icon" href="data:," />
  <main><label>Choose files <input type="file" /></label></main>
  <script type="module" src="/main.js"></script>
</html>`;

/** An empty Vite project in which the packed client is installed, as a user has it, and a page with a file field. */
export class PackedProject {
  readonly #folder = mkdtempSync(join(tmpdir(), 'packed-sdk-page-'));

  /** The script is what the page does with a file. */
  constructor(script: string) {
    const npm = (cwd: string, ...words: string[]): string =>
      execFileSync('npm', words, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    // Its dependency comes from the client's folder, so that no registry is asked.
    const packages = ['.', './node_modules/hash-wasm'];
    const packed = npm(SDK, 'pack', '--json', '--ignore-scripts', '--pack-destination', this.#folder, ...packages);
    const files = (JSON.parse(packed) as Array<{ filename: string }>).map(({ filename }) => `./${filename}`);
    const write = (name: string, text: string): void => writeFileSync(join(this.#folder, name), text);
    write('package.json', '{}');
    write('index.html', PAGE);
    write('main.js', script);
    npm(this.#folder, 'install', '--offline', '--no-audit', '--no-fund', ...files);
  }

  /** The page as `vite dev` serves it. */
  async developed(): Promise<Site> {
    // Vite notes in this variable that it has served a build.
    delete process.env.NODE_ENV;
    const site = await createServer({ ...this.#config(), server: { host: '127.0.0.1', port: 0 } });
    await site.listen();
    return { url: site.resolvedUrls?.local[0] ?? '', close: () => site.close() };
  }

  /** The page as `vite build` makes it. */
  async built(): Promise<Site> {
    await build(this.#config());
    const site = await preview({ ...this.#config(), preview: { host: '127.0.0.1', port: 0 } });
    return { url: site.resolvedUrls?.local[0] ?? '', close: () => site.close() };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #config(): InlineConfig {
    return { root: this.#folder, configFile: false, logLevel: 'silent' };
  }
}
