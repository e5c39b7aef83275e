import { ConnectionError, ResponseError } from 'upload-sessions-sdk';

/** What went wrong, in words, and what to do. */
export interface Problem {
  readonly title: string;
  readonly advice: string;
  /** Identifies the request in the server's log. */
  readonly requestId?: string | undefined;
  /** Whether signing in again is what helps. */
  readonly signIn?: boolean;
}

/** What a failed call means to the person in front of the page. */
export function explain(error: unknown): Problem {
  if (error instanceof ConnectionError) {
    return away;
  }
  if (error instanceof ResponseError) {
    return { ...refusal(error), requestId: text(error.body, 'requestId') };
  }
  if (error instanceof DOMException && (error.name === 'NotReadableError' || error.name === 'NotFoundError')) {
    return {
      title: 'A file cannot be read any more',
      advice: 'It was changed, moved or deleted since you chose it. Remove it from the list and choose it again.',
    };
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return away;
  }
  if (error instanceof TypeError) {
    return { title: 'These files cannot be uploaded', advice: error.message };
  }
  return { title: 'Something unexpected happened', advice: error instanceof Error ? error.message : String(error) };
}

const away: Problem = {
  title: 'The server does not answer',
  advice: 'Check your connection, wait a moment, and try again. Your files are still in the list.',
};

function refusal(error: ResponseError): Problem {
  const said = text(error.body, 'message') ?? error.message;
  switch (error.status) {
    case 401:
      return {
        title: 'You are not signed in',
        advice: 'The server does not accept your token; it may have expired. What you have chosen stays.',
        signIn: true,
      };
    case 403:
      return { title: 'You may not do this', advice: said };
    case 404:
      return { title: 'The upload session is gone', advice: 'The server does not know it any more. Start the upload again.' };
    case 413:
      return { title: 'A file is too large', advice: `The server refused it: ${said}.` };
    case 422:
      return {
        title: text(error.body, 'code') === 'HASH_MISMATCH' ? 'A file did not arrive as it was' : 'The server refused the upload',
        advice: [said, ...violations(error.body)].join('; '),
      };
    case 502:
    case 503:
    case 504:
      return away;
    default:
      return { title: `The server refused the request (${error.status})`, advice: said };
  }
}

function text(body: unknown, field: string): string | undefined {
  const value = (body as Record<string, unknown> | null | undefined)?.[field];
  return typeof value === 'string' ? value : undefined;
}

function violations(body: unknown): string[] {
  const list = (body as { violations?: unknown } | null | undefined)?.violations;
  return Array.isArray(list)
    ? list.map((one: { path?: unknown; message?: unknown }) => `${String(one.path)}: ${String(one.message)}`)
    : [];
}
