export type { Conduct } from "./audit/conduct.ts";
export type {
  AuditedHolder,
  AuditedLayer,
  AuditReport,
  AuditVerdict,
} from "./audit/report.ts";
export type { AuditingOptions, AuditingStatus } from "./audit/rounds.ts";
export { Codecs } from "./codecs.ts";
export { type FragmentCounts, StoreError, type StoreErrorCode } from "./errors.ts";
export type { PeerFactsPort } from "./facts.ts";
export { expansionOf, type Layer } from "./geometry.ts";
export type { HealingOptions, HealingStatus } from "./healing/index.ts";
export { Keeping, type KeepingNeighbour } from "./keeping.ts";
export type { PutLayer } from "./layer-cursor.ts";
export { INLINE_LAYERING, type Layering, type ShownLayer } from "./layering.ts";
export type { Balance } from "./leases/accounts.ts";
export * as limits from "./limits.ts";
export { formatCid, formatObjectLink, type ObjectLink, parseObjectLink, rootOf } from "./link.ts";
export type { StoreEvents, StoreOptions } from "./options.ts";
export { DEFAULT_CODE, HOME_CODE, type ObjectCode, WIDE_CODE } from "./put-plan.ts";
export type { ObjectLayer } from "./records.ts";
export { Store } from "./store.ts";
export type { BodyTransform, LayerRole } from "./stripe-cipher.ts";
export {
  type MadeStripe,
  madeBytes,
  makeStripe,
  type StripeMaker,
  type StripeTask,
} from "./stripe-making.ts";
export type {
  FileRange,
  GetEvents,
  GetJob,
  GetOptions,
  LayerHealth,
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
