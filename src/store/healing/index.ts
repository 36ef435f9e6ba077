export type { HealerPort } from "./heal-job.ts";
export { Healer } from "./healer.ts";
export type { PassingHeal } from "./passing.ts";
export type { HealingOptions, HealingStatus } from "./types.ts";
