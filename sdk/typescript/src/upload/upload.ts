import { ResponseError } from '../errors.js';
import { isAbortSessionError, isCreateSessionError, type Client } from '../generated/client.js';
import type { CreateSessionResponse, DuplicateFile, UploadFile } from '../generated/types.js';
import { checkOptions, CONCURRENCY, GIVE_UP_AFTER_MS } from './limits.js';
import { Meter } from './meter.js';
import { Patience } from './patience.js';
import { Run } from './run.js';
import { Slots } from './slots.js';
import { sourcesOf, type Source } from './sources.js';
import type { CompletedUpload, Upload, UploadInput, UploadOptions, UploadOutcome } from './types.js';

/** The reason of a cancelled upload, here and in the server's analytics. */
const CANCELLED: Error = /* @__PURE__ */ new DOMException('cancelled by the user', 'AbortError');

/** How long the server may take to remove what is ended. */
const FAREWELL_MS = 10_000;

/** What one upload is about. */
interface Task {
  readonly client: Client;
  readonly sources: readonly Source[];
  readonly options: UploadOptions;
  readonly skipped: readonly DuplicateFile[];
}

/** Uploads files: hashes them, opens a session, sends their parts, and finalizes the session. */
export function upload(client: Client, files: Iterable<UploadInput>, options: UploadOptions = {}): Upload {
  checkOptions(options);
  return start({ client, sources: sourcesOf(files), options, skipped: [] });
}

function start(task: Task): Upload {
  const { concurrency = CONCURRENCY, giveUpAfterMs = GIVE_UP_AFTER_MS, signal } = task.options;
  const slots = new Slots(concurrency);
  const patience = new Patience(giveUpAfterMs);
  const meter = new Meter(task.sources, task.options);
  const stop = new AbortController();
  const wake = (): void => patience.wake();
  const endWithSignal = (): void => stop.abort(signal?.reason);
  const run = new Run(task.client, task.sources, task.options, { meter, slots, patience, signal: stop.signal });
  // Browsers tell when there is a network again; Node.js has no such event.
  globalThis.addEventListener?.('online', wake);
  signal?.addEventListener('abort', endWithSignal);
  if (signal?.aborted) {
    endWithSignal();
  }
  const outcome = conduct(task, run, stop).finally(() => {
    signal?.removeEventListener('abort', endWithSignal);
    globalThis.removeEventListener?.('online', wake);
  });
  const controls = {
    pause: () => void (slots.paused = !stop.signal.aborted),
    resume: () => {
      slots.paused = false;
      wake();
      meter.restart();
    },
    cancel: () => stop.abort(CANCELLED),
  };
  return Object.assign(Object.defineProperty(outcome, 'paused', { get: () => slots.paused }), controls) as Upload;
}

async function conduct(task: Task, run: Run, stop: AbortController): Promise<UploadOutcome> {
  const { sources, skipped } = task;
  let session: CreateSessionResponse | undefined;
  let asked = false;
  try {
    await run.hash();
    stop.signal.throwIfAborted();
    if (sources.length > 0) {
      asked = true;
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
    if (session && cause instanceof ResponseError && cause.declared && cause.status === 410) {
      return { kind: 'expired', sessionId: session.sessionId, restart: () => again(task) };
    }
    // A session that was asked for may exist even if its answer was lost.
    const left = session ? await abandon(task, session.sessionId, cause) : { removed: !asked };
    if ('kind' in left) {
      return left;
    }
    if (cause === CANCELLED) {
      return { kind: 'cancelled', ...left };
    }
    throw cause;
  }
}

function duplicate(task: Task, duplicates: readonly DuplicateFile[]): UploadOutcome {
  const { sources, skipped } = task;
  return {
    kind: 'duplicate',
    duplicates,
    skip: () =>
      start({
        ...task,
        sources: sources.filter((source) => !duplicates.some(({ key }) => key === source.key)),
        skipped: skipped.concat(duplicates),
      }),
    uploadAnyway: () => again(task),
  };
}

/** Uploads what was asked about already, or what an upload has stored itself before its session expired. */
function again(task: Task): Upload {
  return start({ ...task, options: { ...task.options, allowDuplicates: true } });
}

/**
 * Lets the server remove what it has stored, if it can be told. If it has finalized the session, of which only the answer was
 * lost, the upload is completed.
 */
async function abandon(
  { client, sources, skipped }: Task,
  sessionId: string,
  cause: unknown,
): Promise<CompletedUpload | { removed: boolean }> {
  const reason = cause === CANCELLED ? CANCELLED.message : 'the client gave up';
  // Whatever pauses the server asks for: nobody waits for long for the end of what is ended.
  const call = { retries: 1, timeoutMs: 5000, signal: AbortSignal.timeout(FAREWELL_MS) };
  try {
    await client.abortSession({ sessionId, reason }, call);
    return { removed: true };
  } catch (error) {
    if (!isAbortSessionError(error, 409)) {
      return { removed: isAbortSessionError(error, 404) };
    }
  }
  const session = await client.getSession({ sessionId }, call).catch(() => undefined);
  if (session?.status !== 'completed') {
    return { removed: false };
  }
  const files = sources.map(({ key, hash = '' }) => {
    const { fileId, fileUrl = '', size } = session.files.find((file) => file.key === key) as UploadFile;
    return { key, fileId, fileUrl, size, hash };
  });
  return { kind: 'completed', sessionId, files, skipped };
}
