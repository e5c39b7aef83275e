// The script of a worker that gets one blob and answers with how many bytes are hashed, and in the end with the hash or
// with what went wrong. After each number it waits for a message, so that whoever asked can make it pause.
import { createSHA256 } from 'hash-wasm';

import { hashPieces } from './pieces.js';

let goOn = (): void => {};

const onProgress = (bytes: number): Promise<void> =>
  new Promise((resolve) => {
    goOn = resolve;
    postMessage(bytes);
  });

const hash = async (blob: Blob): Promise<string> => hashPieces(await createSHA256(), blob, { onProgress });

addEventListener('message', async ({ data }: MessageEvent<Blob | undefined>) => {
  if (data) {
    postMessage(await hash(data).catch((error: unknown) => error));
  } else {
    goOn();
  }
});
