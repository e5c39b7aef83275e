// A module of its own, so that a bundler makes a chunk of this one function and leaves the rest of the library out.
export { createSHA256 } from 'hash-wasm';
