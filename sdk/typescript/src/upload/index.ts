export { analytics } from './analytics.js';
export type { AnalyticsFilter } from './analytics.js';
export type { HashOptions } from './pieces.js';
export { sha256 } from './sha256.js';
export type * from './types.js';
export { upload } from './upload.js';
