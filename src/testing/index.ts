export { allBlocks, getBlock, putBlock, removeBlocks } from "./block-calls.ts";
export { type BlockStoreSubject, blockStoreSuite } from "./block-store-suite.ts";
export { ManualClock, testIdentity, testRandom } from "./fixtures.ts";
export { type RecordStoreSubject, recordStoreSuite } from "./record-store-suite.ts";
export type { TestApi } from "./suite-api.ts";
export { type TransportPair, transportSuite } from "./transport-suite.ts";
