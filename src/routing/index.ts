export { RoutingError } from "./errors.ts";
export type { RouteExplanation, RoutingExplanation } from "./explain.ts";
export { HEADER_BYTES, PACKET_OVERHEAD_BYTES, VICINITY_MAX } from "./limits.ts";
export type * from "./path-types.ts";
export { extensionBytes } from "./paths/extension.ts";
export { joinWays } from "./paths/join.ts";
export { Router } from "./router.ts";
export type { DropReason, RoutingStats } from "./stats.ts";
export type * from "./types.ts";
