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

/**
 * Milliseconds to wait before the attempt is repeated: what `Retry-After` asks for, else twice as long as the time
 * before, with jitter. Nothing if repeating is of no use.
 */
function delayAfter(error: unknown, attempt: number): number | undefined {
  if (error instanceof ResponseError) {
    if (![408, 429, 502, 503, 504].includes(error.status)) {
      return undefined;
    }
    const after = error.headers.get('retry-after');
    if (after !== null) {
      const wait = /^\d+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now();
      return wait > LONGEST_WAIT_MS ? undefined : wait;
    }
  } else if (!(error instanceof ConnectionError) && (error as Error | undefined)?.name !== 'TimeoutError') {
    return undefined;
  }
  return 250 * 2 ** attempt * (1 + Math.random());
}

/** Waits before the attempt is repeated, or throws the error again if repeating is of no use. */
export async function backOff(error: unknown, attempt: number, signal: AbortSignal | undefined): Promise<void> {
  const delay = delayAfter(error, attempt);
  if (delay === undefined) {
    throw error;
  }
  // A date of another form or in the past means now; a limit of 0 would be none.
  const never = (): Promise<never> => new Promise(() => {});
  await within(delay > 1 ? delay : 1, signal, never).catch(() => signal?.throwIfAborted());
}
