export {
  decodeBatch,
  hashOfBatch,
  isBatchSigned,
  NO_HASH,
  type Place,
  signBatch,
} from "./batch.ts";
export * from "./core.ts";
export * as limits from "./limits.ts";
export { Half, LineState, type Rate } from "./state.ts";
export { type Head, isStatementSigned, readStatement, statementOf } from "./statement.ts";
export { LINE_ID_BYTES, lineTerms, otherSide, sideOf } from "./terms.ts";
export type * from "./types.ts";
