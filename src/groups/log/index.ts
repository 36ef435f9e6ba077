export { isGroupName, isPlainText, majorityOf, NONCE_BYTES } from "./body.ts";
export type { GroupName } from "./claims.ts";
export {
  type Epoch,
  GroupLog,
  type Member,
  type OpenInvite,
  type Proposal,
} from "./group-log.ts";
export * as limits from "./limits.ts";
export { decodeOp, GROUP_ID_BYTES, groupIdOf, joinSigned, type OpTerms, signOp } from "./op.ts";
export { namesPerson, type OpLog } from "./oplog.ts";
export type { Orphan } from "./orphans.ts";
export { neededFor, type Ownership, ownersOf, votersFor } from "./owners.ts";
export { readPage, writePage } from "./page.ts";
export { pastOf, readSkeleton, writeSkeleton } from "./skeleton.ts";
export type * from "./types.ts";
