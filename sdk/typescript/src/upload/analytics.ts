import type { Client } from '../generated/client.js';
import type { Analytics, GetAnalyticsParams } from '../generated/types.js';
import type { CallOptions } from '../options.js';

/** What the analytics are asked for; `limit` is the number of events of a page, `cursor` where an earlier page ended. */
export type AnalyticsFilter = Omit<GetAnalyticsParams, 'offset'>;

/** The pages of the analytics, newest events first. Each is asked for when the one before it is used up. */
export async function* analytics(
  client: Client,
  filter: AnalyticsFilter = {},
  options: CallOptions = {},
): AsyncGenerator<Analytics, void, undefined> {
  for (let { cursor } = filter; ; ) {
    const page = await client.getAnalytics({ ...filter, cursor }, options);
    yield page;
    cursor = page.events.nextCursor;
    if (cursor === undefined) {
      return;
    }
  }
}
