export { RoutingError } from "./errors.ts";
export type { RouteExplanation, RoutingExplanation } from "./explain.ts";
export { HEADER_BYTES, PACKET_OVERHEAD_BYTES, VICINITY_MAX } from "./limits.ts";
export { Router } from "./router.ts";
export type { DropReason, RoutingStats } from "./stats.ts";
export type * from "./types.ts";
