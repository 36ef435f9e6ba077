export { Healer } from "./healer.ts";
export type { HealingOptions, HealingStatus, HonestyPort } from "./types.ts";
