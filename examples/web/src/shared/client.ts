import { signal } from '@preact/signals';
import { Client } from 'upload-sessions-sdk';

import { identity } from './identity.js';

/** Whether the last request found no server. The client tries again by itself; people want to know why nothing moves. */
export const serverAway = signal(false);

/** The client of whoever uses the page. */
export function currentClient(): Client {
  return new Client({ baseUrl: location.origin, token: identity.value?.token, fetch: watchedFetch });
}

async function watchedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  try {
    const response = await fetch(input, init);
    serverAway.value = response.status >= 502 && response.status <= 504;
    return response;
  } catch (error) {
    // A request that the page itself has ended says nothing about the server.
    if (!init?.signal?.aborted) {
      serverAway.value = true;
    }
    throw error;
  }
}
