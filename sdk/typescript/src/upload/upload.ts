import { ResponseError } from '../errors.js';
import { isCreateSessionError, type Client } from '../generated/client.js';
import type { CreateSessionResponse, DuplicateFile } from '../generated/types.js';
import { Meter } from './meter.js';
import { CONCURRENCY, Run } from './run.js';
import { Slots } from './slots.js';
import { sourcesOf, type Source } from './sources.js';
import type { Upload, UploadInput, UploadOptions, UploadOutcome } from './types.js';

/** The reason of a cancelled upload, here and in the server's analytics. */
const CANCELLED: Error = /* @__PURE__ */ new DOMException('cancelled by the user', 'AbortError');

/** What one upload is about. */
interface Task {
  readonly client: Client;
  readonly sources: readonly Source[];
  readonly options: UploadOptions;
  readonly skipped: readonly DuplicateFile[];
}

/** Uploads files: hashes them, opens a session, sends their parts, and finalizes the session. */
export function upload(client: Client, files: Iterable<UploadInput>, options: UploadOptions = {}): Upload {
  return start({ client, sources: sourcesOf(files), options, skipped: [] });
}

function start(task: Task): Upload {
  const { concurrency = CONCURRENCY, signal } = task.options;
  const slots = new Slots(concurrency);
  const meter = new Meter(task.sources, task.options);
  const stop = new AbortController();
  const end = (reason: unknown): void => {
    stop.abort(reason);
    slots.paused = false;
  };
  const endWithSignal = (): void => end(signal?.reason);
  const run = new Run(task.client, task.sources, task.options, { meter, slots, signal: stop.signal });
  signal?.addEventListener('abort', endWithSignal);
  if (signal?.aborted) {
    endWithSignal();
  }
  const outcome = conduct(task, run, stop).finally(() => signal?.removeEventListener('abort', endWithSignal));
  return Object.defineProperties(outcome, {
    paused: { get: () => slots.paused },
    pause: { value: () => void (slots.paused = !stop.signal.aborted) },
    resume: {
      value: () => {
        slots.paused = false;
        meter.restart();
      },
    },
    cancel: { value: () => end(CANCELLED) },
  }) as Upload;
}

async function conduct(task: Task, run: Run, stop: AbortController): Promise<UploadOutcome> {
  const { sources, skipped } = task;
  let session: CreateSessionResponse | undefined;
  try {
    if (sources.length > 0) {
      await run.hash();
      session = await run.open();
    }
    const files = session ? await run.send(session) : [];
    return { kind: 'completed', sessionId: session?.sessionId, files, skipped };
  } catch (error) {
    // The parts that are still under way are of no use any more. What ended the upload first is its cause.
    stop.abort(error);
    const cause: unknown = stop.signal.reason;
    if (isCreateSessionError(cause, 409)) {
      return duplicate(task, cause.body.duplicates);
    }
    if (session && cause instanceof ResponseError && cause.status === 410) {
      return { kind: 'expired', sessionId: session.sessionId, restart: () => start(task) };
    }
    if (session) {
      await abandon(task.client, session.sessionId, cause);
    }
    if (cause === CANCELLED) {
      return { kind: 'cancelled' };
    }
    throw cause;
  }
}

function duplicate(task: Task, duplicates: readonly DuplicateFile[]): UploadOutcome {
  const { sources, options, skipped } = task;
  const known = new Set(duplicates.map(({ key }) => key));
  return {
    kind: 'duplicate',
    duplicates,
    skip: () =>
      start({
        ...task,
        sources: sources.filter(({ key }) => !known.has(key)),
        skipped: [...skipped, ...duplicates],
      }),
    uploadAnyway: () => start({ ...task, options: { ...options, allowDuplicates: true } }),
  };
}

/** Lets the server remove what it has stored. What it cannot be told now it finds out when the session expires. */
async function abandon(client: Client, sessionId: string, cause: unknown): Promise<void> {
  const reason = cause === CANCELLED ? CANCELLED.message : 'the client gave up';
  await client.abortSession({ sessionId, reason }, { retries: 1, timeoutMs: 5000 }).catch(() => {});
}
