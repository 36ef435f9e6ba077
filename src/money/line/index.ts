export {
  decodeBatch,
  hashOfBatch,
  isBatchSigned,
  NO_HASH,
  type Place,
  signBatch,
} from "./batch.ts";
export { LineCore } from "./core.ts";
export type * from "./core-types.ts";
export {
  decodeForkProof,
  encodeForkProof,
  type ForkProof,
  forkedPerson,
  type Story,
} from "./fork.ts";
export * as limits from "./limits.ts";
export { decodeSnapshot, encodeSnapshot } from "./snapshot.ts";
export { Half, LineState, type Rate } from "./state.ts";
export { type Head, isStatementSigned, readStatement, statementOf } from "./statement.ts";
export { LINE_ID_BYTES, lineTerms, otherSide, sideOf } from "./terms.ts";
export { Trail } from "./trail.ts";
export type * from "./types.ts";
