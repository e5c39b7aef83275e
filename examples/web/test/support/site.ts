import { createServer, preview } from 'vite';

/** The pages, served by Vite. */
export interface Site {
  readonly url: string;
  close(): Promise<void>;
}

/** The pages as they are built, in front of a server. */
export async function built(server: string): Promise<Site> {
  process.env.UPLOAD_SERVER = server;
  const site = await preview({ logLevel: 'silent', preview: { port: 0 } });
  return { url: site.resolvedUrls?.local[0] ?? '', close: () => site.close() };
}

/** The pages as they are developed, with tokens of the environment. */
export async function developed(server: string, tokens: { user: string; admin: string }): Promise<Site> {
  // Vite notes in this variable that it has served a build, and would then serve the pages as in a build.
  delete process.env.NODE_ENV;
  process.env.UPLOAD_SERVER = server;
  process.env.UPLOAD_USER_TOKEN = tokens.user;
  process.env.UPLOAD_ADMIN_TOKEN = tokens.admin;
  const site = await createServer({ logLevel: 'silent', server: { port: 0 } });
  await site.listen();
  return { url: site.resolvedUrls?.local[0] ?? '', close: () => site.close() };
}
