// Asks a server for its analytics and writes them as an SVG: npm run chart -- FILE [FROM [TO]]
import { writeFile } from 'node:fs/promises';

import { Client } from 'upload-sessions-sdk';

import { draw } from './chart.mjs';

const DAY = 86_400_000;

const [file, from = new Date(Date.now() - 30 * DAY).toISOString(), to = new Date().toISOString()] =
  process.argv.slice(2);
const { UPLOAD_SERVER: baseUrl = 'http://127.0.0.1:3000', UPLOAD_ADMIN_TOKEN: token } = process.env;
if (!file || !token) {
  console.error('usage: UPLOAD_ADMIN_TOKEN=... npm run chart -- FILE.svg [FROM [TO]]');
  console.error(
    'The token has to be of the role admin. Times are like 2026-01-31T00:00:00Z; without, it is the last 30 days.',
  );
  process.exit(2);
}

const client = new Client({ baseUrl, token });
// The numbers are all in the first page of the events, however short that is.
const analytics = await client.getAnalytics({ from, to, limit: 1 });
await writeFile(file, await draw(analytics, { from, to }));
console.log(`${analytics.metrics.sessionsCreated} sessions in ${file}`);
