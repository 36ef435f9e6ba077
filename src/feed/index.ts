export { Backoff } from "./backoff.ts";
export { decodeEntry, hasValidSignature, NO_PREVIOUS, signEntry, signInPlace } from "./entry.ts";
export { FeedError } from "./errors.ts";
export { FEED_ID_BYTES, feedIdOf } from "./feed-id.ts";
export { FrameSplitter, frameOf } from "./frame-splitter.ts";
export * as limits from "./limits.ts";
export { keepOne } from "./one-stream.ts";
export type * from "./types.ts";
