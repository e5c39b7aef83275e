import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

import type { Server } from './server.js';

/** Puts a month of example sessions into the database of a server, besides what has happened there. */
export async function exampleHistory(server: Server): Promise<void> {
  await settled(server);
  await server.sql(readFileSync('test/support/history.sql', 'utf8'));
}

/** Waits until the analytics tell of everything that has happened. */
async function settled(server: Server): Promise<void> {
  while (!/^outbox_events 0$/m.test(await (await fetch(`${server.url}/metrics`)).text())) {
    await setTimeout(50);
  }
}
