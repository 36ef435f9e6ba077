export { type FragmentCounts, StoreError, type StoreErrorCode } from "./errors.ts";
export { formatObjectLink, type ObjectLink, parseObjectLink, rootOf } from "./link.ts";
export { DEFAULT_CODE, HOME_CODE, Store, type StoreEvents, type StoreOptions } from "./store.ts";
export type {
  GetEvents,
  GetJob,
  ObjectHealth,
  ObjectMeta,
  PutEvents,
  PutJob,
  PutOptions,
  RepairEvents,
  StoreCounters,
  StoredObject,
  StoreProgress,
  StoreUsage,
} from "./types.ts";
