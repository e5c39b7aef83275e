import type { BinaryBody, CallOptions, ClientOptions } from './options.js';

type Scalar = string | number | boolean;
type Values = Readonly<Record<string, Scalar | readonly Scalar[] | undefined>>;

/** One request, as the generated client describes it. */
export interface OperationRequest {
  readonly id: string;
  readonly method: string;
  /** The path template, such as `/sessions/{sessionId}`. */
  readonly path: string;
  /** What each declared status brings. */
  readonly answers: Readonly<Record<number, 'json' | 'binary' | 'none'>>;
  /** Whether the operation needs a token. */
  readonly auth?: boolean;
  /** The values of the path template. */
  readonly segments?: Values;
  readonly query?: Values;
  readonly headers?: Values;
  readonly json?: unknown;
  readonly binary?: BinaryBody;
}

/** A request as `fetch` takes it. */
export interface PreparedRequest {
  readonly url: string;
  readonly init: { method: string; headers: Headers; body: string | BinaryBody | null; duplex?: 'half' };
  /** Whether the body can be sent more than once. */
  readonly resendable: boolean;
  /** Whether sending it twice does no more than sending it once. */
  readonly repeatable: boolean;
}

/** Makes the request that all attempts of a call send. */
export function prepare(request: OperationRequest, client: ClientOptions, call: CallOptions): PreparedRequest {
  const { method, json, binary } = request;
  const headers = headersOf(request, client, call);
  const resendable = !(binary instanceof ReadableStream);
  return {
    url: String(client.baseUrl).replace(/\/+$/, '') + targetOf(request),
    init: {
      method,
      headers,
      body: json === undefined ? (binary ?? null) : JSON.stringify(json),
      // Streams need it, and nothing else may have it in every browser.
      ...(resendable ? {} : { duplex: 'half' }),
    },
    resendable,
    repeatable: resendable && (/^(GET|HEAD|OPTIONS|PUT|DELETE)$/.test(method) || headers.has('idempotency-key')),
  };
}

/** Path and query. */
function targetOf({ path, segments, query }: OperationRequest): string {
  const filled = path.replace(/{(.+?)}/g, (_, name: string) => {
    const value = String(segments?.[name]);
    // URL parsers drop such a segment, and the request would reach another resource.
    if (/^\.{0,2}$/.test(value)) {
      throw new TypeError(`${name} must not be '${value}'`);
    }
    return encodeURIComponent(value);
  });
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
  );
  return filled + (pairs.length ? `?${pairs.join('&')}` : '');
}

/** The client's headers, then the operation's, then the call's; the later win. */
function headersOf({ headers, json, binary }: OperationRequest, client: ClientOptions, call: CallOptions): Headers {
  const all = new Headers(client.headers);
  if (json !== undefined || binary !== undefined) {
    all.set('content-type', json === undefined ? 'application/octet-stream' : 'application/json');
  }
  for (const [name, value] of [...Object.entries(headers ?? {}), ...Object.entries(call.headers ?? {})]) {
    if (value !== undefined) {
      all.set(name, String(value));
    }
  }
  return all;
}
