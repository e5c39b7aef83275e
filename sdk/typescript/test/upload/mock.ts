import type { ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';

import { Client } from '../../src/index.js';
import { json, problem, serve, type Seen } from '../server.js';

/** Bytes of a part of the mock. */
export const PART = 10;

/** What a test answers itself, by operation; `count` is 1 for the first request of that operation. */
export type Answers = Partial<Record<string, (response: ServerResponse, count: number, seen: Seen) => boolean | void>>;

export interface Mock {
  readonly url: string;
  readonly client: Client;
  /** Parts that the client is sending: how many at present, at most, and in all. */
  readonly sending: { now: number; most: number; all: number };
  /** The operations that were asked for, in order. */
  readonly operations: string[];
  readonly seen: Seen[];
  /** What the files consist of, by their number. */
  readonly stored: Map<string, string[]>;
}

const OPERATIONS: ReadonlyArray<[string, string, RegExp]> = [
  ['createSession', 'POST', /sessions$/],
  ['abortSession', 'DELETE', /sessions\/\w+(\?.*)?$/],
  ['registerFile', 'POST', /files$/],
  ['uploadPart', 'PUT', /parts\/\d+$/],
  ['completeFile', 'POST', /complete$/],
  ['finalizeSession', 'POST', /finalize$/],
  ['getAnalytics', 'GET', /analytics/],
  ['getSession', 'GET', /sessions\/\w+$/],
];

/** A service that a test can make fail at any step; the tests against the real one are in `service.test.ts`. */
export async function mock(test: TestContext, answers: Answers = {}): Promise<Mock> {
  const operations: string[] = [];
  const stored = new Map<string, string[]>();
  const { url, seen } = await serve(test, (response, request) => {
    const [operation = ''] = OPERATIONS.find(([, method, path]) => request.method === method && path.test(request.url)) ?? [];
    operations.push(operation);
    const count = operations.filter((one) => one === operation).length;
    if (!answers[operation]?.(response, count, request)) {
      answer(operation, request, response, stored);
    }
  });
  const sending = { now: 0, most: 0, all: 0 };
  const counting: typeof fetch = async (input, init) => {
    if (init?.method !== 'PUT') {
      return fetch(input, init);
    }
    sending.all++;
    sending.most = Math.max(sending.most, ++sending.now);
    return fetch(input, init).finally(() => sending.now--);
  };
  const client = new Client({ baseUrl: url, token: 'token', fetch: counting });
  return { url, client, sending, operations, seen, stored };
}

function answer(operation: string, { url, body }: Seen, response: ServerResponse, stored: Map<string, string[]>): void {
  const given = (): { key: string; size: number } => JSON.parse(body.toString());
  const [, fileId = ''] = /files\/(\w+)/.exec(url) ?? [];
  switch (operation) {
    case 'createSession':
      return json(response, 201, { sessionId: 's1', partSizeBytes: PART, expiresAt: '2026-01-01T00:30:00Z' });
    case 'registerFile': {
      const { key, size } = given();
      stored.set(key, []);
      return json(response, 201, { fileId: key, key, size, status: 'registered', partCount: Math.ceil(size / PART) });
    }
    case 'uploadPart': {
      const partNumber = Number(url.split('/').at(-1));
      const parts = stored.get(fileId) ?? [];
      parts[partNumber - 1] = body.toString();
      return json(response, 200, { partNumber, etag: `etag-${partNumber}`, sizeBytes: body.length });
    }
    case 'completeFile': {
      const size = (stored.get(fileId) ?? []).join('').length;
      return json(response, 200, { fileId, status: 'completed', fileUrl: `file:///${fileId}`, size });
    }
    case 'finalizeSession':
      return json(response, 200, { sessionId: 's1', status: 'completed', fileCount: 1, totalSizeBytes: 1, finalizedAt: '' });
    case 'abortSession':
      return void response.writeHead(204).end();
    default:
      return json(response, 404, problem('NOT_FOUND'));
  }
}

/** A file of the given content. */
export function file(key: string, text: string, contentType?: string): { key: string; blob: Blob; contentType: string | undefined } {
  return { key, blob: new Blob([text]), contentType };
}
