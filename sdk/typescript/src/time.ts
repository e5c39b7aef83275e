import { ConnectionError, ResponseError } from './errors.js';

/** Longer timers overflow and fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** A server that asks for more patience than this gets its refusal passed on to the caller. */
const LONGEST_WAIT_MS = 60_000;

/** Does work until it is done, `ms` have passed (0 is no limit) or the signal says stop. */
export async function within<T>(
  ms: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const stop = (): void => controller.abort(signal?.reason);
  const expire = (): void => controller.abort(new DOMException(`no answer within ${ms} ms`, 'TimeoutError'));
  const stopped = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason));
  });
  const timer = ms > 0 ? setTimeout(expire, Math.min(ms, LONGEST_TIMER_MS)) : undefined;
  signal?.addEventListener('abort', stop);
  try {
    return await Promise.race([work(controller.signal), stopped]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/** Whether what failed may succeed when it is repeated. */
export function passes(error: unknown): boolean {
  return error instanceof ResponseError
    ? [408, 429, 502, 503, 504].includes(error.status)
    : error instanceof ConnectionError ||
        isTimeout(error) ||
        // A `fetch` of the caller's, as in a function that obtains a token, found no network. No platform has a class or a code
        // for it; other errors of this class are mistakes.
        (error instanceof TypeError && /fetch( f|$)|network|load f/i.test(error.message));
}

/** Whether an attempt was ended because it took too long. */
export function isTimeout(error: unknown): boolean {
  return (error as Error | undefined)?.name === 'TimeoutError';
}

/** Milliseconds that the server asks to wait, if it does. A date of another form or in the past means now. */
export function askedDelay(error: unknown): number | undefined {
  const after = error instanceof ResponseError ? error.headers.get('retry-after') : null;
  if (after === null) {
    return undefined;
  }
  const delay = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now();
  return delay > 0 ? delay : 0;
}

/** Milliseconds to wait where the server asks for nothing: twice as long as the time before. */
export function growingDelay(attempt: number): number {
  return 250 * 2 ** attempt;
}

/** Waits before the attempt is repeated, or throws the error again if repeating is of no use. */
export async function backOff(error: unknown, attempt: number, signal: AbortSignal | undefined): Promise<void> {
  const asked = askedDelay(error);
  if (!passes(error) || (asked ?? 0) > LONGEST_WAIT_MS) {
    throw error;
  }
  const delay = asked ?? growingDelay(attempt) * (1 + Math.random());
  // A limit of 0 would be none.
  const never = (): Promise<never> => new Promise(() => {});
  await within(Math.max(1, delay), signal, never).catch(() => signal?.throwIfAborted());
}
