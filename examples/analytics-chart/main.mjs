// Asks a server for its analytics and writes them as an SVG: npm run chart -- FILE [FROM [TO]]
import { writeFile } from 'node:fs/promises';

import { Client, ConnectionError, isGetAnalyticsError } from 'upload-sessions-sdk';

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

try {
  // The numbers are all in the first page of the events, however short that is.
  const analytics = await new Client({ baseUrl, token }).getAnalytics({ from, to, limit: 1 });
  await writeFile(file, await draw(analytics, { from, to }));
  console.log(`${analytics.metrics.sessionsCreated} sessions in ${file}`);
} catch (error) {
  console.error(`error: ${explain(error)}`);
  process.exit(1);
}

/** What went wrong and what to do, in a line. */
function explain(error) {
  if (error instanceof ConnectionError) {
    return `${baseUrl} does not answer: start the server, or set UPLOAD_SERVER to its address`;
  }
  if (isGetAnalyticsError(error, 401) || isGetAnalyticsError(error, 403)) {
    return `${error.body.message}: set UPLOAD_ADMIN_TOKEN to what \`upload-server token --user boss --admin\` prints`;
  }
  if (isGetAnalyticsError(error, 422)) {
    return error.body.violations.map(({ path, message }) => `\`${path}\` ${message}`).join('; ');
  }
  return error.message;
}
