// Sends requests through this client: reads one JSON object a line, and prints what the client made of the answer.
//
// `cargo xtask prove --through typescript` runs it, so that the client is tried with the requests of the contract. A
// request that the types of the client do not allow is not sent; the line that is printed for it says why.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

import { operations, sdk } from '../.test/wire/operations.js';
import { Inexpressible, requestOf } from './request.mjs';
import { complaint } from './types.mjs';

/** Sends the request of a line. */
async function send(line) {
  const given = JSON.parse(line);
  const operation = operations[given.operation];
  if (!operation) {
    throw new Inexpressible(`it has no operation ${given.operation}`);
  }
  const bytes = given.bodyFile === undefined ? undefined : await readFile(given.bodyFile);
  const { params, options } = requestOf(operation, given, bytes);
  const reason = complaint(given.operation, operation, params);
  if (reason !== undefined) {
    throw new Inexpressible(reason);
  }
  // Nothing is sent twice: each answer is looked at.
  const client = new sdk.Client({ baseUrl: given.baseUrl, token: given.token ?? undefined, retries: 0 });
  const headers = { ...options.headers, ...given.additionalHeaders };
  return success(operation, await operation.call(client, params, { ...options, headers }));
}

async function success(operation, { status, headers, body }) {
  const declared = operation.successes.find((one) => one === status);
  if (declared === undefined) {
    return { outcome: 'failed', reason: `the call gave the status ${status} as a success` };
  }
  const answer = { outcome: 'success', variant: `Reply<${declared}>`, declared, status };
  return { ...answer, ...headersOf(operation, status, headers), ...(await bodyOf(body)) };
}

/** An error is a declared one if the operation's guard says so, for exactly one status. */
async function failure(operation, error) {
  if (!(error instanceof sdk.ResponseError)) {
    return { outcome: 'failed', reason: `${error}${error?.cause ? `: ${error.cause}` : ''}` };
  }
  const { status, headers, body } = error;
  const guarded = Object.entries(operation.errors).filter(([, guard]) => guard(error));
  const answer = { status, ...headersOf(operation, status, headers) };
  if (guarded.length === 1) {
    const declared = Number(guarded[0][0]);
    return { outcome: 'error', variant: `Errors[${declared}]`, declared, ...answer, ...(await bodyOf(body)) };
  }
  const bytes = Buffer.from(typeof body === 'string' ? body : (JSON.stringify(body) ?? ''));
  return { outcome: 'unexpected', reason: `${guarded.length} guards take it for theirs`, ...answer, bytes: [...bytes] };
}

function headersOf(operation, status, headers) {
  const typed = (operation.headers[status] ?? []).map((name) => [name, headers.get(name)]);
  return { headers: Object.fromEntries(headers), typedHeaders: Object.fromEntries(typed) };
}

async function bodyOf(body) {
  return body instanceof Blob ? { bytes: [...new Uint8Array(await body.arrayBuffer())] } : { body };
}

async function outcomeOf(line) {
  try {
    return await send(line);
  } catch (error) {
    if (error instanceof Inexpressible) {
      return { outcome: 'inexpressible', reason: error.message };
    }
    return failure(operations[JSON.parse(line).operation], error);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await outcomeOf(line)));
}
