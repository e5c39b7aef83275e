import { signal } from '@preact/signals';
import { Client } from 'upload-sessions-sdk';

import { identity } from './identity.js';

/** Whether the last request found no server. The client tries again by itself; people want to know why nothing moves. */
export const serverAway = signal(false);

/** By how many milliseconds the server's clock is ahead of this one, which may be wrong. */
const clockOffset = signal(0);

/** `Date` counts whole seconds, and an answer is under way for a while. */
const SAME_CLOCK_MS = 3000;

/** What time it is for the server. */
export function serverNow(): number {
  return Date.now() + clockOffset.value;
}

/** The client of whoever uses the page. */
export function currentClient(): Client {
  return new Client({ baseUrl: location.origin, token: identity.value?.token, fetch: watchedFetch });
}

async function watchedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  try {
    const response = await fetch(input, init);
    serverAway.value = response.status >= 502 && response.status <= 504;
    compareClocks(response.headers.get('date'));
    return response;
  } catch (error) {
    // A request that the page itself has ended says nothing about the server.
    if (!init?.signal?.aborted) {
      serverAway.value = true;
    }
    throw error;
  }
}

function compareClocks(date: string | null): void {
  const offset = date === null ? 0 : Date.parse(date) - Date.now();
  if (Math.abs(offset - clockOffset.value) > SAME_CLOCK_MS) {
    clockOffset.value = Math.abs(offset) > SAME_CLOCK_MS ? offset : 0;
  }
}
