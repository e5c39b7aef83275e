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

/** The SHA-256 of a blob of any size as 64 hexadecimal digits. Two pieces of it are in memory at a time. */
export async function sha256(blob: Blob, { signal, onProgress }: HashOptions = {}): Promise<string> {
  const hasher = await createHasher();
  const read = (start: number): Promise<ArrayBuffer> => {
    const piece = blob.slice(start, start + PIECE_BYTES).arrayBuffer();
    // Whoever awaits the piece learns of a failure; a piece that is not needed any more may fail in silence.
    piece.catch(() => {});
    return piece;
  };
  // The next piece is read while this one is hashed.
  let ahead = read(0);
  for (let start = 0; start < blob.size; start += PIECE_BYTES) {
    signal?.throwIfAborted();
    const piece = await ahead;
    ahead = read(start + PIECE_BYTES);
    hasher.update(new Uint8Array(piece));
    await onProgress?.(start + piece.byteLength);
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
