export { PeerError } from "./errors.ts";
export * as limits from "./limits.ts";
export { Peer } from "./peer.ts";
export { BUDGETS, type PeerProfile, PROFILES } from "./profile.ts";
export type { PeerConfig, PeerEvents, PeerPorts } from "./types.ts";
