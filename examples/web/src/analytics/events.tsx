import type { JSX, TargetedEvent } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { AnalyticsEvent, EventType } from 'upload-sessions-sdk';

import { ProblemCard } from '../shared/problem-card.js';
import * as words from '../shared/words.js';
import { DataTable } from './data-table.js';
import { eventType, loading, loadMore, type Loaded } from './store.js';

const types: readonly EventType[] = [
  'session_created',
  'file_registered',
  'file_completed',
  'session_finalized',
  'session_failed',
];

/** What happened, newest first, a page at a time. */
export function Events({ analytics, events, cursor, problem }: Loaded): JSX.Element {
  const card = useRef<HTMLElement>(null);
  const pressed = useRef(false);
  // When the button has gone with the last page, the keyboard goes on from here.
  useLayoutEffect(() => {
    if (pressed.current && cursor === undefined && document.activeElement === document.body) {
      card.current?.focus({ preventScroll: true });
    }
  }, [cursor]);
  const showMore = (): void => {
    pressed.current = true;
    void loadMore();
  };
  const choose = ({ currentTarget }: TargetedEvent<HTMLSelectElement>): void => {
    eventType.value = types.find((type) => type === currentTarget.value);
  };
  return (
    <section class="card" aria-labelledby="events" ref={card} tabIndex={-1}>
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
        columns={['Time (UTC)', 'Event', 'User', 'Files', 'Size', 'Since the start', 'Reason']}
        numbers={['Files', 'Size', 'Since the start']}
        rows={events.map(row)}
      />
      {problem && <ProblemCard problem={problem} />}
      <div class="events-foot">
        <p class="muted">{words.count(events.length)} of {words.plural(analytics.events.total, 'event')}</p>
        {cursor !== undefined && (
          <button type="button" class="button" onClick={showMore} aria-busy={loading.value}>
            {problem ? 'Try again' : 'Show more'}
          </button>
        )}
      </div>
    </section>
  );
}

function row({ createdAt, eventType: type, metadata }: AnalyticsEvent): Array<string | JSX.Element> {
  const { userId, fileCount, totalSizeBytes, elapsedTimeMs, failureReason } = metadata;
  return [
    words.date(createdAt),
    <span class={`badge ${badges.get(type) ?? ''}`}>{words.spaced(type)}</span>,
    userId ?? '–',
    fileCount === undefined ? '–' : words.count(fileCount),
    totalSizeBytes === undefined ? '–' : words.bytes(totalSizeBytes),
    words.milliseconds(elapsedTimeMs ?? null),
    failureReason === undefined ? '–' : words.reason(failureReason),
  ];
}

const badges: ReadonlyMap<EventType, string> = new Map([
  ['session_finalized', 'good'],
  ['session_failed', 'bad'],
]);
