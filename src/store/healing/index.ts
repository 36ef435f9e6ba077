export { Healer } from "./healer.ts";
export type { HealingOptions, HealingStatus } from "./types.ts";
