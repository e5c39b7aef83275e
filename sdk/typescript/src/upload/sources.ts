import type { SessionFile } from '../generated/types.js';
import { MAX_FILES } from './limits.js';
import type { UploadInput } from './types.js';

/** A file of an upload. */
export interface Source {
  readonly key: string;
  readonly blob: Blob;
  readonly contentType: string | undefined;
  /** Known once it is computed; going on after a duplicate or an expired session does not compute it again. */
  hash?: string;
}

/** Reads what the caller gave. */
export function sourcesOf(inputs: Iterable<UploadInput>): Source[] {
  const keys = new Set<string>();
  const sources = Array.from(inputs, (input) => {
    const source =
      'blob' in input ? input : { key: input.webkitRelativePath || input.name, blob: input, contentType: undefined };
    if (keys.has(source.key)) {
      throw new TypeError(`files share the key '${source.key}': rename one: { key, blob }`);
    }
    keys.add(source.key);
    return { key: source.key, blob: source.blob, contentType: source.contentType ?? essence(source.blob.type) };
  });
  if (sources.length > MAX_FILES) {
    throw new TypeError(`${sources.length} files are too many: give at most ${MAX_FILES}`);
  }
  return sources;
}

/** A media type without parameters, if the platform knows one. */
function essence(type: string): string | undefined {
  return type.split(';')[0]?.trim() || undefined;
}

/** What the server is told of a file. */
export function declaration({ key, blob, contentType, hash }: Source): SessionFile {
  return { key, size: blob.size, ...(hash && { hash }), ...(contentType && { contentType }) };
}
