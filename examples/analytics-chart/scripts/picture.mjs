// Draws the picture of the documentation: a month of made-up sessions, as a real server tells of them.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import pg from 'pg';

import { startServer } from '../test/server.mjs';

const server = await startServer();
try {
  const database = new pg.Client({ host: join(server.data, 'postgres/run'), user: 'postgres', database: 'uploads' });
  await database.connect();
  await database.query(readFileSync('../web/test/support/history.sql', 'utf8'));
  await database.end();
  const environment = { ...process.env, ...server.environment };
  execFileSync(process.execPath, ['main.mjs', ...process.argv.slice(2)], { stdio: 'inherit', env: environment });
} finally {
  await server.stop();
}
