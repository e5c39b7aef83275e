import { signal } from '@preact/signals';
import type { Analytics, AnalyticsEvent, EventType } from 'upload-sessions-sdk';
import { ResponseError } from 'upload-sessions-sdk';
import { analytics } from 'upload-sessions-sdk/upload';

import { announce } from '../shared/announcer.js';
import { currentClient } from '../shared/client.js';
import { explain, type Problem } from '../shared/problem.js';

/** What is asked for: days back from now, or everything. */
export const days = signal<number | undefined>(30);
/** Which events are listed. */
export const eventType = signal<EventType | undefined>(undefined);

/** What is shown. */
export type View =
  | { readonly kind: 'loading' }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'failed'; readonly problem: Problem }
  | {
      readonly kind: 'loaded';
      /** Where the period begins; everything has no beginning. */
      readonly from: string | undefined;
      readonly analytics: Analytics;
      readonly events: readonly AnalyticsEvent[];
    };

export const view = signal<View>({ kind: 'loading' });
/** Whether an answer is on its way; what is shown stays until it is there. */
export const loading = signal(false);

const EVENTS_OF_A_PAGE = 20;
/** What was asked last. */
interface Question {
  readonly from: string | undefined;
  readonly pages: AsyncGenerator<Analytics, void, undefined>;
}

let asked: Question | undefined;

/** Asks for the analytics, from the first page of events on. */
export async function load(): Promise<void> {
  const from = days.value === undefined ? undefined : new Date(Date.now() - days.value * 86_400_000).toISOString();
  const filter = { from, eventType: eventType.value, limit: EVENTS_OF_A_PAGE };
  asked = { from, pages: analytics(currentClient(), filter) };
  await next(asked, []);
}

/** Adds the next page of events. */
export async function loadMore(): Promise<void> {
  if (asked && view.value.kind === 'loaded') {
    await next(asked, view.value.events);
  }
}

async function next(question: Question, before: readonly AnalyticsEvent[]): Promise<void> {
  const { from, pages } = question;
  loading.value = true;
  const shown = await pages.next().then(
    ({ done, value }): View | undefined =>
      done ? undefined : { kind: 'loaded', from, analytics: value, events: [...before, ...value.events.items] },
    (error: unknown): View =>
      error instanceof ResponseError && error.status === 403
        ? { kind: 'forbidden' }
        : { kind: 'failed', problem: explain(error) },
  );
  // An answer to a question that has changed since is of no use.
  if (question === asked && shown) {
    view.value = shown;
    loading.value = false;
    announce(shown.kind === 'loaded' ? `Analytics loaded, ${shown.events.length} events listed` : '');
  }
}
