export type { Call, Reply, ReplyHeaders } from './call.js';
export { ConnectionError, ResponseError } from './errors.js';
export type { Guard } from './errors.js';
export type { BinaryBody, CallOptions, ClientOptions, Token } from './options.js';
export * from './generated/client.js';
export type * from './generated/types.js';
