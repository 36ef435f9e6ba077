export {
  Access,
  type AccessRule,
  formatReach,
  parseReach,
  type Reach,
} from "./access.ts";
export type { Account, MeterRole } from "./account.ts";
export { canonicalIp, parseIp } from "./addresses.ts";
export { type DoorState, Doors, type Forward, type ForwardTo } from "./doors.ts";
export { GatewayError } from "./errors.ts";
export type { FullTunnelState } from "./full-tunnel.ts";
export { Gateway, type ReachedInWords } from "./gateway.ts";
export * as limits from "./limits.ts";
export { FixedGroups } from "./membership.ts";
export { hostForm } from "./name-index.ts";
export { meantByWords, suffixesOf } from "./names.ts";
export type { RefusalCode, Wanted } from "./opening.ts";
export { type GatewayOptions, NO_NET } from "./options.ts";
export type { Tunnel } from "./reaching.ts";
export type { Reading } from "./reading.ts";
export { describeRefusal, type Refusal } from "./refusal.ts";
export type { RefusedConnection } from "./refusals.ts";
export { checkServiceName, type Served, ServedPorts } from "./served.ts";
export type { SpeedDirection, SpeedResult } from "./speed.ts";
export type * from "./types.ts";
export { Uplink } from "./uplink.ts";
export type { Share, UplinkSettings } from "./uplink-settings.ts";
export { isLabel, nameOfWho, parseWho } from "./who.ts";
