export * as dnsLimits from "./limits.ts";
export { type ListedName, MeshNames, type ServicePorts, trialNameOf } from "./names.ts";
