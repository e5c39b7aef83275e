/** What hashing tells and heeds. */
export interface HashOptions {
  signal?: AbortSignal | undefined;
  /** Called with the number of bytes hashed so far. Hashing goes on when its promise is fulfilled. */
  onProgress?: ((bytes: number) => void | Promise<void>) | undefined;
}

/** A hash that takes its input bit by bit. */
export interface Hasher {
  update(bytes: Uint8Array): unknown;
  digest(encoding: 'hex'): string;
}

/** Whoever hashes stays responsive between pieces of this size. */
const PIECE_BYTES = 1024 * 1024;

/** The hash of a blob of any size in hexadecimal digits. Two pieces of it are in memory at a time. */
export async function hashPieces(hasher: Hasher, blob: Blob, { signal, onProgress }: HashOptions): Promise<string> {
  const read = (start: number): Promise<ArrayBuffer> => {
    const piece = blob.slice(start, start + PIECE_BYTES).arrayBuffer();
    // Whoever awaits the piece learns of a failure; a piece that is not needed any more may fail in silence.
    piece.catch(() => {});
    return piece;
  };
  if (blob.size === 0) {
    // A file that is gone may have no size; only reading the whole of it tells.
    await blob.arrayBuffer();
  }
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
