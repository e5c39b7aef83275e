import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin, type ProxyOptions } from 'vite';

const page = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What a built page may load and where it may connect to; hashing is done in WebAssembly. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** A build of the client is over when none of its files has changed for so long. */
const QUIET_MS = 200;

/** The server as this page's own origin, so that neither CORS nor an address in the page is needed. */
function server(): ProxyOptions {
  return {
    target: process.env.UPLOAD_SERVER ?? 'http://127.0.0.1:3000',
    configure: (proxy) => {
      // Vite would answer 500. A server that is away is a 502, which tells a client to try again.
      proxy.on('error', (_error, _request, response) => {
        if ('writeHead' in response && !response.headersSent) {
          response.writeHead(502, { 'content-type': 'text/plain' }).end('The upload server does not answer.');
        }
      });
    },
  };
}

/** `virtual:development-tokens`: tokens of the environment while developing, and none in a build. */
function developmentTokens(): Plugin {
  const name = 'virtual:development-tokens';
  let serving = false;
  return {
    name: 'development-tokens',
    configResolved: ({ command, isProduction }) => void (serving = command === 'serve' && !isProduction),
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load(id) {
      if (id !== `\0${name}`) {
        return undefined;
      }
      const { UPLOAD_USER_TOKEN: user, UPLOAD_ADMIN_TOKEN: admin } = serving ? process.env : {};
      return `export const tokens = ${JSON.stringify({ user, admin })};`;
    },
  };
}

/** The Content Security Policy of a built page. While developing, Vite itself needs more. */
function contentSecurityPolicy(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY }, injectTo: 'head-prepend' },
    ],
  };
}

/**
 * Loads the page once for each build of the client. The compiler writes file after file, and Vite would load the page for
 * several of them, some still old.
 */
function oneReload(): Plugin {
  const client = join('typescript', 'dist');
  let quiet: NodeJS.Timeout | undefined;
  return {
    name: 'one-reload',
    apply: 'serve',
    hotUpdate({ file, server }) {
      if (!normalize(file).includes(client)) {
        return undefined;
      }
      clearTimeout(quiet);
      quiet = setTimeout(() => server.ws.send({ type: 'full-reload' }), QUIET_MS);
      return [];
    },
    buildEnd: () => clearTimeout(quiet),
  };
}

const proxy = { '/api': server(), '/healthz': server(), '/readyz': server() };

export default defineConfig({
  plugins: [developmentTokens(), contentSecurityPolicy(), oneReload()],
  server: { host: '127.0.0.1', proxy },
  preview: { host: '127.0.0.1', proxy },
  build: {
    target: 'es2022',
    rolldownOptions: { input: [page('index.html'), page('analytics.html')] },
  },
});
