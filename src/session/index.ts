export { SessionError } from "./errors.ts";
export * as sessionLimits from "./limits.ts";
export { SessionManager, type SessionStats } from "./manager.ts";
export type * from "./types.ts";
