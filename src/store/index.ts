export type { StoreProgress } from "./types.ts";
