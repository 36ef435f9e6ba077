export * as dnsLimits from "./limits.ts";
export { type ListedName, MeshNames, trialNameOf } from "./names.ts";
