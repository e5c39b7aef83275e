import { signal } from '@preact/signals';
import type { Analytics, AnalyticsEvent, EventType } from 'upload-sessions-sdk';
import { ResponseError } from 'upload-sessions-sdk';
import { analytics, type AnalyticsFilter } from 'upload-sessions-sdk/upload';

import { announce } from '../shared/announcer.js';
import { currentClient } from '../shared/client.js';
import { identity } from '../shared/identity.js';
import { explain, type Problem } from '../shared/problem.js';
import * as words from '../shared/words.js';

/** What is asked for: days back from now, or everything. */
export const days = signal<number | undefined>(30);
/** Which events are listed. */
export const eventType = signal<EventType | undefined>(undefined);

/** What is shown. */
export type View =
  | { readonly kind: 'loading' }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'failed'; readonly problem: Problem }
  | Loaded;

export interface Loaded {
  readonly kind: 'loaded';
  /** Where the period begins; everything has no beginning. */
  readonly from: string | undefined;
  /** With the first page of events. More of them change nothing else. */
  readonly analytics: Analytics;
  readonly events: readonly AnalyticsEvent[];
  /** Where the next page of events begins, if there is one. */
  readonly cursor: string | undefined;
  /** Why the next page did not come. */
  readonly problem?: Problem | undefined;
}

export const view = signal<View>({ kind: 'loading' });
/** Whether an answer is on its way; what is shown stays until it is there. */
export const loading = signal(false);

const EVENTS_OF_A_PAGE = 20;

/** What was asked last. */
interface Question {
  readonly filter: AnalyticsFilter;
  pages: AsyncGenerator<Analytics, void, undefined>;
}

let asked: Question | undefined;
let askedBy: string | undefined;

/** Asks for the analytics, from the first page of events on. */
export async function load(): Promise<void> {
  const token = identity.value?.token;
  if (token !== askedBy) {
    // What one user may see is not for the next.
    askedBy = token;
    view.value = { kind: 'loading' };
  }
  const from = days.value === undefined ? undefined : new Date(Date.now() - days.value * 86_400_000).toISOString();
  const filter = { from, eventType: eventType.value, limit: EVENTS_OF_A_PAGE };
  asked = { filter, pages: analytics(currentClient(), filter) };
  await answer(asked, (page) => ({
    kind: 'loaded',
    from,
    analytics: page,
    events: page.events.items,
    cursor: page.events.nextCursor,
  }));
}

/** Adds the next page of events. */
export async function loadMore(): Promise<void> {
  const before = view.value;
  if (!asked || before.kind !== 'loaded' || loading.value) {
    return;
  }
  if (before.problem) {
    asked.pages = analytics(currentClient(), { ...asked.filter, cursor: before.cursor });
  }
  await answer(
    asked,
    ({ events: { items, nextCursor } }) => ({
      ...before,
      events: [...before.events, ...items],
      cursor: nextCursor,
      problem: undefined,
    }),
    (problem) => ({ ...before, problem }),
  );
}

async function answer(
  question: Question,
  shown: (page: Analytics) => Loaded,
  refused: (problem: Problem) => View = (problem) => ({ kind: 'failed', problem }),
): Promise<void> {
  loading.value = true;
  const now = await question.pages.next().then(
    ({ value }) => value && shown(value),
    (error: unknown): View =>
      error instanceof ResponseError && error.status === 403 ? { kind: 'forbidden' } : refused(explain(error)),
  );
  // An answer to a question that has changed since is of no use.
  if (question !== asked) {
    return;
  }
  loading.value = false;
  if (now) {
    view.value = now;
    announce(now.kind === 'loaded' ? `Analytics loaded, ${words.plural(now.events.length, 'event')} listed` : '');
  }
}
