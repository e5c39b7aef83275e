import type { Reply } from './call.js';
import type { OperationRequest } from './request.js';

/** What came, and whether the contract declares it: its status, and a body of that status's media type. */
export interface Answer extends Reply {
  readonly declared: boolean;
}

/** Reads an answer whole. */
export async function readAnswer({ answers }: OperationRequest, response: Response): Promise<Answer> {
  const { status, headers } = response;
  const kind = answers[status];
  if (kind === 'binary') {
    return { status, headers, body: await response.blob(), declared: true };
  }
  const text = await response.text();
  if (kind === 'none') {
    return { status, headers, body: undefined, declared: true };
  }
  try {
    return { status, headers, body: JSON.parse(text), declared: kind === 'json' };
  } catch {
    return { status, headers, body: text, declared: false };
  }
}
