export * as dnsLimits from "./limits.ts";
export { type ListedName, MeshNames, THIS_PEER_NAME } from "./names.ts";
