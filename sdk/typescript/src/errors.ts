import type { Answer } from './answer.js';
import type { ReplyHeaders } from './call.js';

/**
 * An answer that is no success, or that the contract does not declare. The guard of the operation, `is…Error`, says
 * which declared answer it is; without it `body` is what came: JSON if it could be read as JSON, else text.
 */
export class ResponseError<Status extends number = number, Body = unknown, Names extends string = never> extends Error {
  override readonly name: string = 'ResponseError';
  /** The operation that was called. */
  readonly operation: string;
  /** Whether the contract declares this status and the body has the declared media type. */
  readonly declared: boolean;
  readonly status: Status;
  readonly headers: ReplyHeaders<Names>;
  readonly body: Body;

  constructor(operation: string, answer: Answer) {
    const { status, headers, body, declared } = answer;
    const text = (body as { message?: unknown } | undefined | null)?.message;
    super(`${operation}: the server answered ${status}${typeof text === 'string' ? `: ${text}` : ''}`);
    this.operation = operation;
    this.declared = declared;
    this.status = status as Status;
    this.headers = headers;
    this.body = body as Body;
  }
}

/** The request was not answered: no connection, or it broke. `cause` is what the platform says. */
export class ConnectionError extends Error {
  override readonly name: string = 'ConnectionError';
}

/** Narrows an error to the declared errors of one operation, or to the one with the given status. */
export type Guard<Errors> = <Status extends keyof Errors = keyof Errors>(
  error: unknown,
  status?: Status,
) => error is Errors[Status];

/** The guard of an operation. */
export function guard<Errors>(operation: string): Guard<Errors> {
  return <Status extends keyof Errors>(error: unknown, status?: Status): error is Errors[Status] =>
    error instanceof ResponseError &&
    error.operation === operation &&
    error.declared &&
    error.status > 299 &&
    (status === undefined || error.status === status);
}
