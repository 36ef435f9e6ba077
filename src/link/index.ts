export { LinkError } from "./errors.ts";
export * as limits from "./limits.ts";
export { LinkManager } from "./manager.ts";
export type { LinkStats } from "./stats.ts";
export type * from "./types.ts";
