import { readFileSync } from 'node:fs';

import type { Server } from './server.js';

/** Puts a month of example sessions into the database of a server. */
export async function exampleHistory(server: Server): Promise<void> {
  await server.sql(readFileSync('test/support/history.sql', 'utf8'));
}
