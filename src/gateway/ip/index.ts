export type { DropReason, TunnelCounters } from "./counters.ts";
export { ECHO_ONLY, type FlowProtocol, type MayEnter } from "./flows.ts";
export {
  EXIT_4,
  EXIT_6,
  type Lease,
  POOL_4,
  POOL_6,
} from "./full/lease.ts";
export type { FullTunnelCounters } from "./full/parts.ts";
export { FRAME_BYTES_MAX, OFFLOAD_AT, PACKET_AT } from "./layout.ts";
export * as ipLimits from "./limits.ts";
export { OFFLOAD_BYTES } from "./offload.ts";
export { IpTunnel } from "./tunnel.ts";
export type * from "./types.ts";
