/** What hashing tells and heeds. */
export interface HashOptions {
  signal?: AbortSignal | undefined;
  /** Called with the number of bytes hashed so far. Hashing goes on when its promise is fulfilled. */
  onProgress?: ((bytes: number) => void | Promise<void>) | undefined;
}

interface Hasher {
  update(bytes: Uint8Array): unknown;
  digest(encoding: 'hex'): string;
}

/** The parts of Node.js that are used where they exist. */
interface NodeGlobal {
  process?: { getBuiltinModule?(name: 'node:crypto'): { createHash(name: 'sha256'): Hasher } | undefined };
}

/** A page stays responsive while it hashes pieces of this size. */
const PIECE_BYTES = 1024 * 1024;

/** The SHA-256 of a blob of any size as 64 hexadecimal digits. Only a piece of it is in memory at a time. */
export async function sha256(blob: Blob, { signal, onProgress }: HashOptions = {}): Promise<string> {
  const hasher = await createHasher();
  for (let start = 0; start < blob.size; start += PIECE_BYTES) {
    signal?.throwIfAborted();
    const end = Math.min(start + PIECE_BYTES, blob.size);
    hasher.update(new Uint8Array(await blob.slice(start, end).arrayBuffer()));
    await onProgress?.(end);
  }
  return hasher.digest('hex');
}

/** The native hash where the platform has an incremental one, else WebAssembly, which is loaded only then. */
async function createHasher(): Promise<Hasher> {
  const native = (globalThis as NodeGlobal).process?.getBuiltinModule?.('node:crypto');
  if (native) {
    return native.createHash('sha256');
  }
  const { createSHA256 } = await import('./sha256-wasm.js');
  return createSHA256();
}
