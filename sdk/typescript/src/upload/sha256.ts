import { within } from '../time.js';
import { hashPieces, type Hasher, type HashOptions } from './pieces.js';

/** The parts of Node.js that are used where they exist. */
interface NodeGlobal {
  process?: { getBuiltinModule?(name: 'node:crypto'): { createHash(name: 'sha256'): Hasher } | undefined };
}

/** Less than this is hashed before a worker has started. */
const WORKER_BYTES = 4 * 1024 * 1024;

/**
 * The SHA-256 of a blob of any size as 64 hexadecimal digits: by the native hash where the platform has an incremental
 * one, else by WebAssembly, which is loaded only then, in a worker if the blob is large.
 */
export async function sha256(blob: Blob, options: HashOptions = {}): Promise<string> {
  const native = (globalThis as NodeGlobal).process?.getBuiltinModule?.('node:crypto');
  if (native) {
    return hashPieces(native.createHash('sha256'), blob, options);
  }
  const hash = blob.size < WORKER_BYTES ? undefined : await hashInWorker(blob, options);
  if (hash) {
    return hash;
  }
  const { createSHA256 } = await import('./sha256-wasm.js');
  return hashPieces(await createSHA256(), blob, options);
}

/** Nothing where there are no workers, or where the page's policy or its bundler keeps this one from starting. */
async function hashInWorker(blob: Blob, { signal, onProgress }: HashOptions): Promise<string | undefined> {
  let worker: Worker;
  try {
    // Bundlers know a worker by exactly this expression.
    worker = new Worker(new URL('./sha256-worker.js', import.meta.url), { type: 'module' });
  } catch {
    return undefined;
  }
  const answer = new Promise<string | undefined>((resolve, reject) => {
    worker.onerror = () => resolve(undefined);
    worker.onmessage = async ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'string') {
        resolve(data);
      } else if (typeof data === 'number') {
        try {
          await onProgress?.(data);
          worker.postMessage(undefined);
        } catch (error) {
          reject(error);
        }
      } else {
        reject(data);
      }
    };
    worker.postMessage(blob);
  });
  // A worker that is still being loaded says nothing, and must not hold up the end.
  return within(0, signal, () => answer).finally(() => worker.terminate());
}
