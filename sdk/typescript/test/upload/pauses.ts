import type { TestContext } from 'node:test';

/** Has the pauses before a request is repeated pass at once, the clock with them, and tells how long they were. */
export function skipPauses(t: TestContext): number[] {
  const pauses: number[] = [];
  const { setTimeout } = globalThis;
  const now = performance.now.bind(performance);
  let skipped = 0;
  t.mock.method(performance, 'now', () => now() + skipped);
  t.mock.method(globalThis, 'setTimeout', ((go: () => void, ms: number) => {
    // The platform has timers of its own, and so have the time limits of requests.
    if (!new Error().stack?.includes('src/upload/patience.')) {
      return setTimeout(go, ms);
    }
    pauses.push(ms);
    skipped += ms;
    return setTimeout(go, 0);
  }) as typeof setTimeout);
  return pauses;
}
