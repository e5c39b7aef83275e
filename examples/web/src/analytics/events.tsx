import type { JSX, TargetedEvent } from 'preact';
import type { Analytics, AnalyticsEvent, EventType } from 'upload-sessions-sdk';

import * as words from '../shared/words.js';
import { DataTable } from './data-table.js';
import { eventType, loading, loadMore } from './store.js';

const types: readonly EventType[] = [
  'session_created',
  'file_registered',
  'file_completed',
  'session_finalized',
  'session_failed',
];

/** What happened, newest first, a page at a time. */
export function Events({ analytics, events }: { analytics: Analytics; events: readonly AnalyticsEvent[] }): JSX.Element {
  const { total, nextCursor } = analytics.events;
  const choose = ({ currentTarget }: TargetedEvent<HTMLSelectElement>): void => {
    eventType.value = types.find((type) => type === currentTarget.value);
  };
  return (
    <section class="card" aria-labelledby="events">
      <div class="events-head">
        <h2 id="events">Events</h2>
        <div class="events-choice">
          <label class="muted" for="event-type">Show</label>
          <select id="event-type" onChange={choose} value={eventType.value ?? ''}>
            <option value="">all events</option>
            {types.map((type) => <option key={type} value={type}>{words.spaced(type)}</option>)}
          </select>
        </div>
      </div>
      <DataTable
        caption="Events, newest first"
        columns={['Time', 'Event', 'User', 'Files', 'Size', 'Since the start', 'Reason']}
        rows={events.map(row)}
      />
      <div class="events-foot">
        <p class="muted">{words.count(events.length)} of {words.plural(total, 'event')}</p>
        {nextCursor !== undefined && (
          <button type="button" class="button" onClick={loadMore} aria-busy={loading.value}>Show more</button>
        )}
      </div>
    </section>
  );
}

function row({ createdAt, eventType: type, metadata }: AnalyticsEvent): Array<string | JSX.Element> {
  const { userId, fileCount, totalSizeBytes, elapsedTimeMs, failureReason } = metadata;
  return [
    words.date(createdAt),
    <span class={`badge ${badges[type] ?? ''}`}>{words.spaced(type)}</span>,
    userId ?? '–',
    fileCount === undefined ? '–' : words.count(fileCount),
    totalSizeBytes === undefined ? '–' : words.bytes(totalSizeBytes),
    words.milliseconds(elapsedTimeMs ?? null),
    failureReason ?? '–',
  ];
}

const badges: Partial<Record<EventType, string>> = { session_finalized: 'good', session_failed: 'bad' };
