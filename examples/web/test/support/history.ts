import { readFileSync } from 'node:fs';

import type { Server } from './server.js';

/** Waits until the analytics tell of everything that has happened. */
const SETTLE = `do $$ begin
  while exists (select from upload_session_outbox) loop
    perform pg_sleep(0.05);
  end loop;
end $$`;

/** Puts a month of example sessions into the database of a server, besides what has happened there. */
export async function exampleHistory(server: Server): Promise<void> {
  await server.sql(SETTLE);
  await server.sql(readFileSync('test/support/history.sql', 'utf8'));
}
